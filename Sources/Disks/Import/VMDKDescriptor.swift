/// The text that describes a VMDK (VMware, "Virtual Disk Format 1.1"), in a file of its own or inside the one extent.
struct VMDKDescriptor {
    struct Extent: Equatable {
        /// Sectors of 512 bytes.
        var sectors: UInt64
        /// FLAT, SPARSE, ZERO, VMFS, VMFSSPARSE, SESPARSE.
        var type: String
        var file: String?
        /// Sectors into the file where a flat extent begins.
        var offset: UInt64
    }

    var createType = ""
    /// The content ID of the disk that this one is an overlay on; `ffffffff` where there is none.
    var parent = "ffffffff"
    var extents: [Extent] = []

    init(_ text: String) {
        for line in text.split(whereSeparator: { $0.isNewline || $0 == "\0" }) {
            let line = String(line).trimmed
            if let value = Self.value("parentCID", line) {
                parent = value.lowercased()
            } else if let value = Self.value("createType", line) {
                createType = value
            } else if let extent = Self.extent(line) {
                extents.append(extent)
            }
        }
    }

    /// `createType = "monolithicSparse"`
    private static func value(_ key: String, _ line: String) -> String? {
        let parts = line.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, String(parts[0]).trimmed == key else { return nil }
        return String(parts[1]).trimmed.replacing("\"", with: "")
    }

    /// `RW 4192256 SPARSE "disk-s001.vmdk" 0`
    private static func extent(_ line: String) -> Extent? {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count >= 3, ["RW", "RDONLY", "NOACCESS"].contains(words[0]), let sectors = UInt64(words[1]) else {
            return nil
        }
        let quoted = words.count > 3 ? words[3].split(separator: "\"", omittingEmptySubsequences: false) : []
        return Extent(
            sectors: sectors, type: words[2], file: quoted.count >= 3 ? String(quoted[1]) : nil,
            offset: quoted.count >= 3 ? UInt64(String(quoted[2]).trimmed) ?? 0 : 0)
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }
}
