import Foundation
import Store
import Testing

@testable import ImageBuilderAPI

@Suite("Which images a lifecycle policy finds") struct LifecycleSelectionTests {
    private static let now = date("2026-11-27T12:00:00Z")

    private static func date(_ text: String) -> Date { (try? Date(text, strategy: .iso8601)) ?? .distantPast }

    private func image(
        _ name: String = "Web Server", _ version: String = "1.0.0", build: Int = 1, daysOld: Double = 0,
        created: Date? = nil, state: ImageState = .available, tags: [String: String] = [:]
    ) -> LifecycleCandidate {
        LifecycleCandidate(
            arn: "\(name) \(version) \(build)", name: name,
            version: ResourceVersion(version) ?? ResourceVersion(0, 0, 0),
            build: build, createdAt: created ?? Self.now.addingTimeInterval(-daysOld * 24 * 3600), tags: tags,
            state: state)
    }

    private func policy(
        _ details: [JSONValue],
        selection: JSONValue = ["recipes": [["name": "web_server", "semanticVersion": "x.x.x"]]],
        type: String = "AMI_IMAGE"
    ) -> LifecycleSelection {
        LifecycleSelection(
            ["resourceType": .string(type), "resourceSelection": selection, "policyDetails": .array(details)])
    }

    private func rule(
        _ action: String, _ filter: JSONValue, exclude: JSONValue? = nil, include: JSONValue? = nil
    ) -> JSONValue {
        var action: [String: JSONValue] = ["type": .string(action)]
        action["includeResources"] = include
        var detail: [String: JSONValue] = ["action": .object(action), "filter": filter]
        detail["exclusionRules"] = exclude
        return .object(detail)
    }

    private func age(_ value: Int64, _ unit: String = "DAYS", retain: Int64? = nil) -> JSONValue {
        var filter: [String: JSONValue] = ["type": "AGE", "value": .integer(value), "unit": .string(unit)]
        filter["retainAtLeast"] = retain.map { .integer($0) }
        return .object(filter)
    }

    private func count(_ value: Int64) -> JSONValue { ["type": "COUNT", "value": .integer(value)] }

    /// "1 DELETE": build and action, in the order in which they are given.
    private func found(_ selection: LifecycleSelection, _ images: [LifecycleCandidate]) -> [String] {
        // The order in which they come is none that counts.
        let choices = selection.choices(of: images.shuffled(), at: Self.now)
        #expect(choices.allSatisfy { !$0.reason.isEmpty })
        return choices.map { "\($0.image.build) \($0.rule.action.rawValue)" }
    }

    @Test("By age, to the second and by the calendar")
    func ages() {
        let day = [image(build: 1, daysOld: 1), image(build: 2, created: Self.now.addingTimeInterval(-24 * 3600 + 1))]
        #expect(found(policy([rule("DEPRECATE", age(1))]), day) == ["1 DEPRECATE"])
        for (unit, then, kept) in [
            ("WEEKS", "2026-11-13T12:00:00Z", "2026-11-13T12:00:01Z"),
            ("MONTHS", "2026-09-27T12:00:00Z", "2026-09-27T12:00:01Z"),
            ("YEARS", "2024-11-27T12:00:00Z", "2024-11-27T12:00:01Z"),
        ] {
            let images = [image(build: 1, created: Self.date(then)), image(build: 2, created: Self.date(kept))]
            #expect(found(policy([rule("DELETE", age(2, unit))]), images) == ["1 DELETE"], "\(unit)")
        }
    }

    @Test("Of what is deleted by age the newest are retained, however old; other actions retain none")
    func retained() {
        let images = (1...5).map { image(build: $0, daysOld: 50 - Double($0)) }
        #expect(found(policy([rule("DELETE", age(10, retain: 2))]), images) == ["3 DELETE", "2 DELETE", "1 DELETE"])
        #expect(found(policy([rule("DELETE", age(10, retain: 5))]), images).isEmpty)
        #expect(found(policy([rule("DELETE", age(48, retain: 1))]), images) == ["2 DELETE", "1 DELETE"])
        #expect(found(policy([rule("DISABLE", age(10, retain: 4))]), images).count == 5)
    }

    @Test("By count, of each recipe by itself; versions and builds of one moment are told apart by their numbers")
    func counts() {
        let images = (1...4).map { image(build: $0, daysOld: Double($0)) }
        #expect(found(policy([rule("DELETE", count(2))]), images) == ["3 DELETE", "4 DELETE"])
        #expect(found(policy([rule("DELETE", count(4))]), images).isEmpty)
        let both: JSONValue = [
            "recipes": [
                ["name": "web server", "semanticVersion": "x.x.x"], ["name": "db", "semanticVersion": "1.x.x"],
            ]
        ]
        let others = [image("db", build: 7, daysOld: 90), image("db", "2.0.0", build: 8, daysOld: 99)]
        #expect(
            found(policy([rule("DELETE", count(1))], selection: both), images + others)
                == ["2 DELETE", "3 DELETE", "4 DELETE"])
        let same = [image("a b", "1.0.9", build: 1), image("a b", "1.0.10", build: 2), image("a b", "1.0.9", build: 3)]
        let one: JSONValue = ["recipes": [["name": "A_b", "semanticVersion": "1.0.x"]]]
        #expect(found(policy([rule("DELETE", count(1))], selection: one), same) == ["3 DELETE", "1 DELETE"])
    }

    @Test("Recipes are found by their names and versions, x included; tags only all together")
    func selections() {
        let images = [
            image("Web Server", "1.0.0", build: 1, daysOld: 9), image("web-server", "1.1.0", build: 2, daysOld: 9),
            image("web_server", "2.0.0", build: 3, daysOld: 9), image("web", "1.0.0", build: 4, daysOld: 9),
        ]
        func builds(_ selection: JSONValue, _ images: [LifecycleCandidate]) -> Set<String> {
            Set(found(policy([rule("DELETE", age(1))], selection: selection), images))
        }
        func recipes(_ name: JSONValue, _ version: JSONValue) -> JSONValue {
            ["recipes": [["name": name, "semanticVersion": version]]]
        }
        #expect(builds(recipes("web server", "x.x.x"), images) == ["1 DELETE", "2 DELETE", "3 DELETE"])
        #expect(builds(recipes("web server", "1.x.x"), images) == ["1 DELETE", "2 DELETE"])
        #expect(builds(recipes("WEB-SERVER", "1.1.x"), images) == ["2 DELETE"])
        #expect(builds(recipes("web server", "2.0.0"), images) == ["3 DELETE"])
        #expect(builds(recipes("server", "x.x.x"), images).isEmpty)
        #expect(builds(["recipes": []], images).isEmpty)
        let tagged = [
            image(build: 1, daysOld: 9, tags: ["a": "1", "b": "2"]), image(build: 2, daysOld: 9, tags: ["a": "1"]),
            image(build: 3, daysOld: 9, tags: ["a": "2", "b": "2"]), image(build: 4, daysOld: 9),
        ]
        #expect(builds(["tagMap": ["a": "1", "b": "2"]], tagged) == ["1 DELETE"])
        #expect(builds(["tagMap": ["a": "1"]], tagged) == ["1 DELETE", "2 DELETE"])
        #expect(builds(["tagMap": ["a": ""]], tagged).isEmpty)
        #expect(builds(["tagMap": [:]], tagged).isEmpty)
        #expect(builds([:], tagged).isEmpty)
    }

    @Test("One of its tags excludes an image from a rule; it is not counted there")
    func excluded() {
        var images = (1...4).map { image(build: $0, daysOld: Double($0)) }
        images[0] = image(build: 1, daysOld: 1, tags: ["keep": "yes", "x": "y"])
        images[3] = image(build: 4, daysOld: 4, tags: ["keep": "no"])
        let exclude: JSONValue = ["tagMap": ["keep": "yes", "never": "there"]]
        #expect(found(policy([rule("DELETE", count(1), exclude: exclude)]), images) == ["3 DELETE", "4 DELETE"])
        #expect(
            found(policy([rule("DELETE", age(1), exclude: exclude), rule("DEPRECATE", age(1))]), images)
                == ["1 DEPRECATE", "2 DELETE", "3 DELETE", "4 DELETE"])
    }

    @Test("Of several rules the strongest counts, in whatever order they are given")
    func several() {
        let images = [10.0, 20, 30, 40].enumerated().map { image(build: $0 + 1, daysOld: $1) }
        let rules = [rule("DEPRECATE", age(15)), rule("DISABLE", age(25)), rule("DELETE", age(35))]
        for order in [rules, rules.reversed()] {
            #expect(found(policy(order), images) == ["2 DEPRECATE", "3 DISABLE", "4 DELETE"])
        }
    }

    @Test("An action is for images in states that it leads on from")
    func states() {
        let images = [ImageState.available, .deprecated, .disabled].enumerated().map { index, state in
            image(build: index, daysOld: 9, state: state)
        }
        func states(_ action: String) -> Set<ImageState> {
            Set(policy([rule(action, age(1))]).choices(of: images, at: Self.now).map(\.image.state))
        }
        #expect(states("DEPRECATE") == [.available])
        #expect(states("DISABLE") == [.available, .deprecated])
        #expect(states("DELETE") == [.available, .deprecated, .disabled])
    }

    @Test("A policy for containers, and rules that the service does not have, find nothing")
    func nothing() {
        let images = [image(daysOld: 900), image(build: 2, daysOld: 901)]
        #expect(found(policy([rule("DELETE", age(1))], type: "CONTAINER_IMAGE"), images).isEmpty)
        for filter: JSONValue in [
            [:], ["type": "AGE", "value": 1], ["type": "AGE", "value": 1, "unit": "HOURS"],
            ["type": "AGE", "unit": "DAYS"], ["type": "COUNT"], ["type": "COUNT", "value": 0], ["value": 1],
        ] {
            #expect(found(policy([rule("DELETE", filter)]), images).isEmpty, "\(filter)")
        }
        #expect(found(policy([rule("DEPRECATE", count(1))]), images).isEmpty)
        #expect(found(policy([rule("AVAILABLE", age(1))]), images).isEmpty)
        #expect(found(policy([]), images).isEmpty)
    }

    @Test("Snapshots go with AMIs only, and what an entry keeps of it is read as it was")
    func scopes() throws {
        for (include, amis, snapshots): (JSONValue?, Bool, Bool) in [
            (nil, false, false), (["amis": true], true, false), (["amis": true, "snapshots": true], true, true),
            (["snapshots": true], false, false), (["amis": false, "snapshots": true], false, false),
        ] {
            let scope = LifecycleScope(include: include, exclusions: ["regions": ["a"], "isPublic": true])
            #expect(scope.includesAMIs == amis && scope.includesSnapshots == snapshots)
            #expect(LifecycleScope(document: scope.document) == scope)
            var entry = LifecycleEntry(id: "arn:x", action: .delete, reason: "old")
            (entry.scope, entry.previous, entry.snapshots) = (scope, .disabled, ["snap-1": .failed])
            (entry.account, entry.region, entry.began) = ("123456789012", "eu-west-1", Self.now)
            entry.end(.failed, "no", at: Self.now.addingTimeInterval(0.5))
            #expect(LifecycleEntry(entry.resource) == entry)
        }
    }

    @Test("AMIs are excluded by any one of the rules")
    func amis() {
        let facts = AMIFacts(
            isPublic: true, tags: ["a": "1"], sharedWith: ["111122223333"],
            lastLaunched: Self.now.addingTimeInterval(-3 * 24 * 3600))
        func reason(_ rules: JSONValue, _ facts: AMIFacts = facts) -> String? {
            AMIExclusions(rules).reason(in: "eu-west-1", facts, at: Self.now)
        }
        func launched(_ value: Int64) -> JSONValue { ["lastLaunched": ["value": .integer(value), "unit": "DAYS"]] }
        for rules: JSONValue in [
            ["isPublic": true], ["regions": ["us-east-1", "eu-west-1"]], ["sharedAccounts": ["111122223333"]],
            ["tagMap": ["a": "1", "b": "2"]], launched(4), ["isPublic": true, "regions": ["eu-central-1"]],
        ] {
            #expect(reason(rules) != nil, "\(rules)")
        }
        for rules: JSONValue in [
            [:], ["isPublic": false], ["regions": []], ["regions": ["eu-central-1"]],
            ["sharedAccounts": ["999999999999"]], ["tagMap": ["a": "2"]], launched(3),
        ] {
            #expect(reason(rules) == nil, "\(rules)")
        }
        // Nobody knows of a launch.
        #expect(reason(launched(4), AMIFacts()) == nil)
        #expect(AMIExclusions(launched(4)).asksForMore && AMIExclusions(["sharedAccounts": ["1"]]).asksForMore)
        #expect(!AMIExclusions(["isPublic": true, "tagMap": ["a": "1"], "regions": ["x"]]).asksForMore)
    }
}
