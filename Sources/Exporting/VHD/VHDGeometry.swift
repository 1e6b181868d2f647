/// Cylinders, heads and sectors that a VHD claims for a number of sectors.
///
/// Source: "Virtual Hard Disk Image Format Specification" 1.0 (Microsoft, 2006), appendix "CHS Calculation". The product is
/// at most the number of sectors, and for large disks far below it: nobody should take it for the size.
struct VHDGeometry: Equatable {
    var cylinders: UInt16
    var heads: UInt8
    var sectorsPerTrack: UInt8

    private static let most = 65535 * 16 * 255

    init(sectors total: Int) {
        let total = min(total, Self.most)
        var (sectors, heads, tracks) = (17, 0, 0)
        if total >= 65535 * 16 * 63 {
            (sectors, heads) = (255, 16)
            tracks = total / sectors
        } else {
            tracks = total / sectors
            heads = max((tracks + 1023) / 1024, 4)
            if tracks >= heads * 1024 || heads > 16 {
                (sectors, heads) = (31, 16)
                tracks = total / sectors
            }
            if tracks >= heads * 1024 {
                (sectors, heads) = (63, 16)
                tracks = total / sectors
            }
        }
        self.cylinders = UInt16(tracks / heads)
        self.heads = UInt8(heads)
        sectorsPerTrack = UInt8(sectors)
    }
}
