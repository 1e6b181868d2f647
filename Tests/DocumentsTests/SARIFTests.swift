import Documents
import Foundation
import Testing

/// What the SARIF 2.1.0 schema requires of the parts that Kiln writes.
@Suite("SARIF")
struct SARIFTests {
    private func log(_ diagnostics: [Diagnostic]) throws -> [String: Any] {
        let data = try JSONEncoder().encode(SARIFLog(diagnostics, version: "1.2.3"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private let diagnostics = [
        Diagnostic(
            .error, at: SourcePosition(file: "a b/ü.yaml", line: 3, column: 7), "wrong", hint: "mend it", rule: .inputs),
        Diagnostic(.warning, at: SourcePosition(file: "/srv/c.yaml", line: 1, column: 1), "odd", rule: .sudo),
    ]

    @Test("a log has its version, one run, and a tool with a name")
    func log() throws {
        let log = try log(diagnostics)
        #expect(log["version"] as? String == "2.1.0")
        #expect((log["$schema"] as? String)?.hasSuffix("sarif-2.1.0.json") == true)
        let runs = try #require(log["runs"] as? [[String: Any]])
        #expect(runs.count == 1)
        #expect(runs[0]["columnKind"] as? String == "unicodeCodePoints")
        let driver = try #require((runs[0]["tool"] as? [String: Any])?["driver"] as? [String: Any])
        #expect(driver["name"] as? String == "Kiln")
        #expect(driver["version"] as? String == "1.2.3")
        #expect(Set(log.keys) == ["version", "$schema", "runs"])
    }

    @Test("every rule is described once, with its level")
    func rules() throws {
        let driver = try #require(
            ((try log([])["runs"] as? [[String: Any]])?[0]["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]])
        #expect(rules.compactMap { $0["id"] as? String } == Rule.allCases.map(\.rawValue))
        #expect(Set(rules.compactMap { $0["name"] as? String }).count == Rule.allCases.count)
        for rule in rules {
            #expect((rule["shortDescription"] as? [String: String])?["text"]?.isEmpty == false)
            let configuration = try #require(rule["defaultConfiguration"] as? [String: Any])
            #expect(["error", "warning"].contains(configuration["level"] as? String))
        }
    }

    @Test("a result names its rule, its level, its message and one place")
    func results() throws {
        let run = try #require((try log(diagnostics)["runs"] as? [[String: Any]])?[0])
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.map { $0["ruleId"] as? String } == ["KILN1002", "KILN2002"])
        #expect(results.map { $0["level"] as? String } == ["error", "warning"])
        #expect(results.map { ($0["message"] as? [String: String])?["text"] } == ["wrong (mend it)", "odd"])
        for (result, diagnostic) in zip(results, diagnostics) {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(Rule.allCases[index] == diagnostic.rule)
            let location = try #require((result["locations"] as? [[String: Any]])?.first)
            let physical = try #require(location["physicalLocation"] as? [String: Any])
            let region = try #require(physical["region"] as? [String: Int])
            #expect(region == ["startLine": diagnostic.position.line, "startColumn": diagnostic.position.column])
            let uri = try #require((physical["artifactLocation"] as? [String: String])?["uri"])
            #expect(URL(string: uri) != nil)
        }
        let uris = results.compactMap {
            ((($0["locations"] as? [[String: Any]])?[0]["physicalLocation"] as? [String: Any])?["artifactLocation"]
                as? [String: String])?["uri"]
        }
        #expect(uris == ["a%20b/%C3%BC.yaml", "file:///srv/c.yaml"])
    }

    @Test("no result is an empty list, not none")
    func empty() throws {
        let run = try #require((try log([])["runs"] as? [[String: Any]])?[0])
        #expect((run["results"] as? [Any])?.isEmpty == true)
    }
}
