/// A name with `*` for any run of bytes, the only wildcard that the component language has.
struct Wildcard: Sendable, Equatable {
    private let pattern: [UInt8]

    init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

    /// Linear in the name for each `*`, whatever the pattern.
    func matches(_ name: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        var (index, place) = (0, 0)
        // Where to go on when the text after the last `*` does not fit: one byte more is the wildcard's.
        var retry: (index: Int, place: Int)?
        while index < name.count {
            if place < pattern.count, pattern[place] == star {
                retry = (index, place + 1)
                place += 1
            } else if place < pattern.count, pattern[place] == name[index] {
                index += 1
                place += 1
            } else if let last = retry {
                index = last.index + 1
                place = last.place
                retry = (index, place)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == star }
    }

    func matches(_ name: String) -> Bool { matches(Array(name.utf8)) }
}
