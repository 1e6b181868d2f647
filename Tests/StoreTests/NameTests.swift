import Failures
import Testing

@testable import Store

@Suite struct NameTests {
    @Test(
        "ARNs of every kind are read and written the same",
        arguments: [
            "component/a-b_c/1.2.3/4", "component/a/x.x.x", "component/a/1.x.x", "component/a/1.2.x", "component/a",
            "image-recipe/r/1.0.0", "container-recipe/r/1.0.0", "infrastructure-configuration/i",
            "distribution-configuration/d", "image-pipeline/p", "image/debian-12/12.1.0/7", "workflow/build/w/1.0.0/1",
            "workflow/test/w/1.0.0", "workflow/distribution/w", "lifecycle-policy/l",
        ])
    func roundTrip(_ rest: String) throws {
        let text = arn(rest)
        #expect(try ResourceARN(text).description == text)
    }

    @Test(
        "What is no ARN is told so, with what was expected",
        arguments: [
            ("", "is not an ARN"), ("arn:aws:s3:us-east-1:123456789012:component/a", "not imagebuilder"),
            ("arn:x:imagebuilder:us-east-1:123456789012:component/a", "partition"),
            ("arn:aws:imagebuilder::123456789012:component/a", "no region"),
            ("arn:aws:imagebuilder:us-east-1:1234:component/a", "12 digits"),
            (arn("komponent/a"), "expected one of component, image-recipe"), (arn("component"), "lower-case"),
            (arn("component/A"), "lower-case"), (arn("component/a/1.2"), "version"),
            (arn("component/a/1.x.3"), "version"), (arn("component/a/1.x.x/1"), "without wildcards"),
            (arn("component/a/1.2.3/x"), "expected a number"), (arn("component/a/1.2.3/4/5"), "too many"),
            (arn("image-recipe/a/1.2.3/4"), "too many"), (arn("image-pipeline/a/1.2.3"), "too many"),
            (arn("workflow/a/1.2.3"), "build, test or distribution"), (arn("component/a/1073741824.0.0"), "version"),
        ])
    func refused(_ text: String, _ words: String) {
        let failure = #expect(throws: StoreFailure.self) { try ResourceARN(text) }
        #expect(failure?.code == .invalidARN && failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test("Versions have AWS's bounds, and compare by their numbers")
    func versions() {
        #expect(ResourceVersion("1073741823.0.0") != nil && ResourceVersion("1073741824.0.0") == nil)
        for text in ["", "1", "1.2", "1.2.3.4", "1..3", "1.2.x", "-1.0.0", "+1.0.0", " 1.0.0", "1.0.0 ", "١.0.0"] {
            #expect(ResourceVersion(text) == nil, "\(text)")
        }
        #expect(ResourceVersion("2021.01.01")?.description == "2021.1.1")
        let sorted = ["10.0.0", "9.9.9", "1.10.0", "1.9.9"].compactMap { ResourceVersion($0) }.sorted()
        #expect(sorted.map(\.description) == ["1.9.9", "1.10.0", "9.9.9", "10.0.0"])
    }

    @Test("Patterns match from the left, and nothing fixed follows an x")
    func patterns() throws {
        let version = ResourceVersion(1, 2, 3)
        let matching = ["x.x.x", "1.x.x", "1.2.x", "1.2.3"].compactMap { ResourceVersionPattern($0) }
        #expect(matching.count == 4 && matching.allSatisfy { $0.matches(version) })
        #expect(ResourceVersionPattern.references(to: version) == matching)
        let others = ["2.x.x", "1.3.x", "1.2.4"].compactMap { ResourceVersionPattern($0) }
        #expect(others.count == 3 && !others.contains { $0.matches(version) })
        #expect(["x.2.x", "x.x.3", "1.x.3", "1.x", "X.X.X"].allSatisfy { ResourceVersionPattern($0) == nil })
    }

    @Test("An ARN names what it leaves open, and nothing else")
    func names() throws {
        let build = try ResourceARN(arn("component/a/1.2.3/4"))
        for text in ["component/a", "component/a/x.x.x", "component/a/1.2.3", "component/a/1.2.3/4"] {
            #expect(try ResourceARN(arn(text)).names(build), "\(text)")
        }
        for text in ["component/b", "component/a/2.x.x", "component/a/1.2.3/5", "image/a/1.2.3/4"] {
            #expect(try !ResourceARN(arn(text)).names(build), "\(text)")
        }
        #expect(try !ResourceARN(arn("component/a", account: "aws")).names(build))
        #expect(build.isExact && !build.with(version: build.version).isExact && !build.withoutVersion.isExact)
        #expect(try ResourceARN(arn("image-recipe/r/1.0.0")).isExact && ResourceARN(arn("image-pipeline/p")).isExact)
    }
}
