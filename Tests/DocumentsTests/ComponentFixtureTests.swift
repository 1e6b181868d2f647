import Documents
import Foundation
import Testing

@Suite("Component fixtures")
struct ComponentFixtureTests {
    private static func files(_ folder: String) throws -> [String] {
        let root = Fixture.root.appending(path: "components/\(folder)")
        return try FileManager.default.contentsOfDirectory(atPath: root.path).sorted().map {
            "components/\(folder)/\($0)"
        }
    }

    /// What `kiln validate` says of a fixture, each line without the file's name.
    private static func found(_ path: String, strict: Bool) throws -> [String] {
        var set = DocumentSet()
        set.add(text: try Fixture.text(path), file: "f")
        return set.validate(strict: strict).map { String("\($0) [\($0.rule.rawValue)]".dropFirst(2)) }
    }

    /// The lines of a fixture that begin with `#! `: what is to be said about it.
    private static func expected(_ path: String) throws -> [String] {
        try Fixture.text(path).split(separator: "\n").filter { $0.hasPrefix("#! ") }.map { String($0.dropFirst(3)) }
    }

    @Test("what is valid has nothing said about it", arguments: try files("valid"))
    func valid(_ path: String) throws {
        #expect(try Self.found(path, strict: false) == [])
    }

    @Test("what is wrong is told as the fixture says, with its place and its rule", arguments: try files("invalid"))
    func invalid(_ path: String) throws {
        let expected = try Self.expected(path)
        #expect(!expected.isEmpty)
        #expect(try Self.found(path, strict: false) == expected)
    }

    @Test("what is likely wrong is only told where it is asked for", arguments: try files("strict"))
    func strict(_ path: String) throws {
        let expected = try Self.expected(path)
        #expect(!expected.isEmpty)
        #expect(try Self.found(path, strict: true) == expected)
        #expect(try Self.found(path, strict: false) == [])
    }

    @Test("every rule has a fixture that breaks it, those of templates and sizes apart")
    func coverage() throws {
        let texts = try (Self.files("invalid") + Self.files("strict")).flatMap(Self.expected)
        let elsewhere: Set<Rule> = [.reference, .quota]
        for rule in Rule.allCases where !elsewhere.contains(rule) {
            #expect(texts.contains { $0.hasSuffix("[\(rule.rawValue)]") }, "\(rule)")
        }
    }

    @Test("every action has a valid fixture")
    func actions() throws {
        let text = try Self.files("valid").map { try Fixture.text($0) }.joined()
        for action in ActionModule.allCases { #expect(text.contains("action: \(action.rawValue)\n"), "\(action)") }
    }

    @Test("every comparison has a valid fixture")
    func comparisons() throws {
        let text = try Fixture.text("components/valid/conditions.yaml")
        for comparison in ComparisonOperator.allCases {
            #expect(text.contains("\(comparison.rawValue):"), "\(comparison)")
        }
    }
}
