import Crypto
public import Failures
import FoundationEssentials

/// A block that a snapshot has.
public struct SnapshotBlock: Sendable, Equatable {
    public let index: Int
    /// Lets one read it, for seven days.
    public let token: String
}

extension EBSClient {
    /// More pages than the largest volume has.
    private static let mostPages = 100_000

    /// The blocks that a complete snapshot has; those that it has not read as zeros where it is not encrypted.
    public func listBlocks(of snapshot: String) async throws(AWSFailure) -> [SnapshotBlock] {
        var blocks: [SnapshotBlock] = []
        var token: String?
        for _ in 0..<Self.mostPages {
            var request = request(
                "ListSnapshotBlocks", "GET", "/snapshots/\(PercentEncoding.component(snapshot))/blocks", snapshot)
            if let token { request.query = [("pageToken", token)] }
            let page = try JSONAnswer.decode(
                Page.self, from: try await service.send(request).answer, of: request, .ebs)
            blocks += (page.Blocks ?? []).map { SnapshotBlock(index: $0.BlockIndex, token: $0.BlockToken) }
            guard let next = page.NextToken, next != token else { return blocks }
            token = next
        }
        throw AWSFailure(.badAnswer, "the list of the blocks of \(snapshot) does not end")
    }

    /// Reads a block, and compares it with the checksum it comes with.
    ///
    /// - Throws: `corrupted`, `badAnswer`.
    public func read(_ block: SnapshotBlock, of snapshot: String) async throws(AWSFailure) -> [UInt8] {
        var request = request(
            "GetSnapshotBlock", "GET", "/snapshots/\(PercentEncoding.component(snapshot))/blocks/\(block.index)",
            "block \(block.index) of \(snapshot)")
        request.query = [("blockToken", block.token)]
        let answer = try await service.send(request).answer
        guard let checksum = answer[header: "x-amz-checksum"], answer.body.count == EBSBlock.size else {
            throw AWSFailure(
                .badAnswer, "\(request.subject) came with \(answer.body.count) bytes, or without a checksum")
        }
        guard Data(SHA256.hash(data: answer.body)).base64EncodedString() == checksum else {
            throw AWSFailure(.corrupted, "\(request.subject) is not what its checksum says")
        }
        return answer.body
    }

    private struct Page: Decodable {
        var Blocks: [Block]?
        var NextToken: String?

        struct Block: Decodable {
            var BlockIndex: Int
            var BlockToken: String
        }
    }
}
