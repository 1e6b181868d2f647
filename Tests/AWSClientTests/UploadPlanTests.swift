import Failures
import Testing

@testable import AWSClient

@Suite struct UploadPlanTests {
    private static let mebibyte = 1 << 20

    @Test(
        "Parts are 8 MiB until 10,000 of them do not suffice, then as few MiB more as do",
        arguments: [
            (0, 8, 1), (1, 8, 1), (8 << 20, 8, 1), (8 << 20 + 1, 8, 2), (100 << 20, 8, 13),
            (10_000 * (8 << 20), 8, 10_000), (10_000 * (8 << 20) + 1, 9, 8889), (1 << 40, 105, 9987),
            (5 << 40, 525, 9987),
        ])
    func partSize(size: Int, mebibytes: Int, count: Int) throws {
        let plan = try UploadPlan(size: size)
        #expect(plan.partSize == mebibytes * Self.mebibyte)
        #expect(plan.count == count)
        #expect(plan.count <= 10_000)
    }

    @Test("The parts cover the file, each once", arguments: [8 << 20 | 1, 16 << 20, 83_886_079, 90_000_000_001])
    func cover(size: Int) throws {
        let plan = try UploadPlan(size: size)
        #expect(!plan.isSingle)
        var end = 0
        for number in 1...plan.count {
            let range = plan.range(number)
            #expect(range.lowerBound == end)
            #expect(!range.isEmpty)
            end = range.upperBound
        }
        #expect(end == size)
    }

    @Test("One request does for what fits into one part")
    func single() throws {
        #expect(try UploadPlan(size: 0).isSingle)
        #expect(try UploadPlan(size: 8 << 20).isSingle)
        #expect(try !UploadPlan(size: 8 << 20 + 1).isSingle)
    }

    @Test("More than S3 takes is refused before anything is sent")
    func tooLarge() throws {
        let error = #expect(throws: AWSFailure.self) { try UploadPlan(size: 5 << 40 + 1) }
        #expect(error?.code == .badConfiguration)
    }
}
