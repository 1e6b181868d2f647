import Foundation
import SeededNumbers

/// Documents that are known to be interesting, and ways to change them.
struct Corpus {
    let documents: [[UInt8]]

    /// Pieces of the language, put in where a change wants one.
    private static let pieces: [[UInt8]] = [
        "{{ build.A.outputs.stdout }}", "{{", "}}", "{{ loop.value }}", "- ", ": ", "\n", "\n  ", "'", "\"", "|\n",
        ">-\n", "[", "]",
        "{", "}", "&a ", "*a", "!Ref ", "!Sub ", "<<: ", "? ", "# ", "\t", "null", "~", "-1", "0", "1e999", "0x",
        "99999999999999999999",
        "{{ aws:ssm:resolve(a) }}", "action: Assert", "if:", "loop:", "forEach:", "\u{FEFF}", "é", "👩‍👩‍👧", "\r\n", "\\",
        "<<EOF", "$(",
    ].map { Array($0.utf8) }

    init(folder: String) throws {
        let root = URL(filePath: folder)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        documents = try paths.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".json") }
            .map { Array(try Data(contentsOf: root.appending(path: $0))) }
        guard !documents.isEmpty else { throw CocoaError(.fileReadNoSuchFile) }
    }

    /// The case of a number: the same for the same seed and corpus.
    func sample(seed: UInt64, number: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed &+ number &* 0x9E37_79B9_7F4A_7C15)
        var bytes = documents.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...8, using: &generator) { change(&bytes, &generator) }
        return Array(bytes.prefix(65_536))
    }

    private func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let length = min(Int.random(in: 1...40, using: &generator), bytes.count - place)
        switch Int.random(in: 0...6, using: &generator) {
        case 0: bytes.replaceSubrange(place..<(place + length), with: [])
        case 1: bytes.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: place)
        case 2: bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
        case 3 where length > 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 4 where length > 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 5:
            // A line of another document, where a line ends.
            let other = documents.randomElement(using: &generator) ?? []
            let lines = other.split(separator: 0x0A)
            let at = bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            bytes.insert(contentsOf: (lines.randomElement(using: &generator).map(Array.init) ?? []) + [0x0A], at: at)
        default:
            let piece = Self.pieces.randomElement(using: &generator) ?? []
            bytes.replaceSubrange(place..<(place + length), with: piece)
        }
    }
}
