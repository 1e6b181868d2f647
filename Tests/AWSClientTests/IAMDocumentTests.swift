import Foundation
import Testing

/// docs/iam.md against what the sources ask AWS for.
@Suite struct IAMDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private let text: String

    init() throws { text = try String(contentsOf: Self.root.appending(path: "docs/iam.md"), encoding: .utf8) }

    private struct Policy: Decodable {
        var Version: String
        var Statement: [Statement]

        struct Statement: Decodable {
            var Effect: String
            var Action: OneOrMore
        }

        struct OneOrMore: Decodable {
            var values: [String]

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let several = try? container.decode([String].self) {
                    values = several
                } else {
                    values = [try container.decode(String.self)]
                }
            }
        }
    }

    private func policies() throws -> [Policy] {
        try text.components(separatedBy: "```json\n").dropFirst().map { rest in
            let json = rest.components(separatedBy: "```")[0]
            return try JSONDecoder().decode(Policy.self, from: Data(json.utf8))
        }
    }

    /// The rows of the last table.
    private func rows() throws -> [(calls: [String], action: String)] {
        let table = try #require(text.components(separatedBy: "## Every call\n").last)
        return table.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| Call ") }.map { row in
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return (cells[0].components(separatedBy: ", "), cells[1].replacing("`", with: ""))
        }
    }

    @Test("Every call of the sources is in the table, and no other")
    func calls() throws {
        let sources = Self.root.appending(path: "Sources/AWSClient")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var made: Set<String> = []
        // An operation's name is the first argument of what sends it.
        let call = /\b(?:call|list|request|operation:)\(?\s*"([A-Z][A-Za-z0-9]+)"/
        for case let file as URL in files where file.pathExtension == "swift" {
            let source = try String(contentsOf: file, encoding: .utf8)
            made.formUnion(source.matches(of: call).map { String($0.output.1) })
        }
        #expect(made.count > 30)
        #expect(made == Set(try rows().flatMap(\.calls)))
    }

    @Test("Every action of the table is in a policy, and the policies allow little else")
    func actions() throws {
        let policies = try policies()
        #expect(policies.count > 10)
        #expect(policies.allSatisfy { $0.Version == "2012-10-17" })
        let allowed = Set(policies.flatMap(\.Statement).flatMap(\.Action.values))
        let needed = Set(try rows().map(\.action)).subtracting(["none"])
        #expect(needed.subtracting(allowed) == [])
        // What services do on the caller's behalf, and the service role.
        let others = allowed.subtracting(needed).filter { !$0.hasPrefix("kms:") }
        #expect(others == ["ec2:CopySnapshot", "ec2:Describe*"])
    }
}
