import Foundation

/// The files under fixtures/.
enum Fixture {
    static func text(_ path: String, from file: String = #filePath) throws -> String {
        let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "fixtures/\(path)"), encoding: .utf8)
    }
}
