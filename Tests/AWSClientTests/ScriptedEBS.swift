import Crypto
import Foundation
import NIOCore
import Synchronization

@testable import AWSClient

/// The EBS direct API, and the two words of EC2 that an upload needs, by their rules: tokens, checksums, states. What it does
/// not find right it refuses as the service does.
final class ScriptedEBS: HTTPTransport {
    struct Snapshot {
        var token: String
        var body: [UInt8]
        var status = "pending"
        /// SHA-256 of what was stored, by block.
        var blocks: [Int: [UInt8]] = [:]
        var tags: [String: String] = [:]
    }

    /// What comes instead of an answer; `time` counts the sendings of one block, or of one operation, from 1.
    typealias Rule = @Sendable (_ operation: String, _ block: Int?, _ time: Int) -> Fault?

    enum Fault: Sendable {
        case refuse(Int, String)
        /// The work is done, and nobody hears of it.
        case loseAnswer
        case reset
        /// Nothing ever comes.
        case silence
    }

    struct State {
        var snapshots: [String: Snapshot] = [:]
        var sendings: [String: Int] = [:]
        var onTheirWay = 0
        var mostOnTheirWay = 0
        var operations: [String] = []
        /// Sendings of blocks that were acknowledged before.
        var repeated = 0
        var acknowledged: Set<String> = []
    }

    private let rule: Rule
    private let encrypts: Bool
    private let shared = Mutex(State())

    /// - Parameter encrypts: whether the account encrypts all its snapshots.
    init(encrypts: Bool = false, rule: @escaping Rule = { _, _, _ in nil }) {
        self.encrypts = encrypts
        self.rule = rule
    }

    var state: State { shared.withLock { $0 } }

    func change(_ change: (inout State) -> Void) { shared.withLock { change(&$0) } }

    func send(_ message: HTTPMessage, within limit: Duration, sink: BodySink?) async throws(TransportFault)
        -> HTTPAnswer
    {
        shared.withLock {
            $0.onTheirWay += 1
            $0.mostOnTheirWay = max($0.mostOnTheirWay, $0.onTheirWay)
        }
        defer { shared.withLock { $0.onTheirWay -= 1 } }
        // So that many are on their way at once.
        await Task.yield()
        if Task.isCancelled { throw .cancelled }
        let (operation, path) = Self.operation(message)
        let block = operation == "PutSnapshotBlock" ? Int(path.last ?? "") : nil
        let key = block.map { "\(path[2])/\($0)" } ?? operation
        let time = shared.withLock { state in
            state.sendings[key, default: 0] += 1
            if state.acknowledged.contains(key) { state.repeated += 1 }
            if block == nil { state.operations.append(operation) }
            return state.sendings[key] ?? 0
        }
        let fault = rule(operation, block, time)
        switch fault {
        case .refuse(let status, let code):
            return .json("{\"Message\":\"as the test wants\"}", status: status, headers: [("x-amzn-errortype", code)])
        case .reset: throw .broken("reset")
        case .silence:
            try? await Task.sleep(for: .seconds(600))
            throw Task.isCancelled ? .cancelled : .broken("silent")
        case .loseAnswer, nil: break
        }
        let answer = shared.withLock { state -> HTTPAnswer in self.answer(operation, path, message, &state) }
        if fault != nil { throw .broken("lost") }
        if block != nil, answer.status == 201 { shared.withLock { _ = $0.acknowledged.insert(key) } }
        return answer
    }

    private static func operation(_ message: HTTPMessage) -> (String, [String]) {
        let url = URL(string: message.url)
        let path = url?.pathComponents ?? []
        if url?.host?.hasPrefix("ec2.") == true {
            return (message.text.firstMatch(of: /Action=(\w+)/).map { String($0.1) } ?? "", path)
        }
        if message.method == "PUT" { return ("PutSnapshotBlock", path) }
        return (path.contains("completion") ? "CompleteSnapshot" : "StartSnapshot", path)
    }

    private func refuse(_ status: Int, _ code: String) -> HTTPAnswer {
        .json("{\"Message\":\"no\"}", status: status, headers: [("x-amzn-errortype", code)])
    }

    private func answer(_ operation: String, _ path: [String], _ message: HTTPMessage, _ state: inout State)
        -> HTTPAnswer
    {
        switch operation {
        case "StartSnapshot": return start(message, &state)
        case "PutSnapshotBlock": return put(path, message, &state)
        case "CompleteSnapshot": return complete(path, message, &state)
        case "DescribeSnapshots":
            let id = message.fields.firstMatch(of: /SnapshotId.1=([^&]*)/).map { String($0.1) } ?? ""
            let items = state.snapshots.filter { $0.key == id }.map {
                "<item><snapshotId>\($0.key)</snapshotId><status>\($0.value.status)</status></item>"
            }
            return .xml("<R><snapshotSet>\(items.joined())</snapshotSet></R>")
        case "CreateTags":
            let id = message.fields.firstMatch(of: /ResourceId.1=([^&]*)/).map { String($0.1) } ?? ""
            state.snapshots[id]?.tags["tagged"] = message.fields
            return .xml("<R><return>true</return></R>")
        case "DeleteSnapshot":
            let id = message.fields.firstMatch(of: /SnapshotId=([^&]*)/).map { String($0.1) } ?? ""
            state.snapshots[id] = nil
            return .xml("<R><return>true</return></R>")
        default: return refuse(400, "UnknownOperationException")
        }
    }

    private func start(_ message: HTTPMessage, _ state: inout State) -> HTTPAnswer {
        guard case .bytes(let body) = message.body,
            let fields = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
            let token = fields["ClientToken"] as? String
        else { return refuse(400, "ValidationException") }
        var id = "snap-\(state.snapshots.count + 1)"
        if let (known, snapshot) = state.snapshots.first(where: { $0.value.token == token }) {
            guard snapshot.body == body else { return refuse(409, "ConflictException") }
            id = known
        } else {
            state.snapshots[id] = Snapshot(token: token, body: body)
        }
        let key = encrypts || fields["Encrypted"] as? Bool == true ? ",\"KmsKeyArn\":\"arn:k\"" : ""
        return .json(
            "{\"SnapshotId\":\"\(id)\",\"Status\":\"\(state.snapshots[id]?.status ?? "")\"\(key)}", status: 201)
    }

    private func put(_ path: [String], _ message: HTTPMessage, _ state: inout State) -> HTTPAnswer {
        guard let snapshot = state.snapshots[path[2]] else { return refuse(404, "ResourceNotFoundException") }
        guard snapshot.status == "pending", let block = Int(path[4]), case .buffer(let body) = message.body,
            message[header: "x-amz-data-length"] == "524288", body.readableBytes == 524288,
            message[header: "x-amz-checksum-algorithm"] == "SHA256"
        else { return refuse(400, "ValidationException") }
        let digest = body.withUnsafeReadableBytes { Array(SHA256.hash(data: $0)) }
        guard message[header: "x-amz-checksum"] == Data(digest).base64EncodedString(),
            message[header: "authorization"]?.contains("x-amz-checksum;") == true
        else { return refuse(400, "ValidationException") }
        state.snapshots[path[2]]?.blocks[block] = digest
        return HTTPAnswer(status: 201, headers: [("x-amz-checksum", Data(digest).base64EncodedString())])
    }

    private func complete(_ path: [String], _ message: HTTPMessage, _ state: inout State) -> HTTPAnswer {
        guard let snapshot = state.snapshots[path[3]] else { return refuse(404, "ResourceNotFoundException") }
        let linear = SHA256.hash(data: snapshot.blocks.sorted { $0.key < $1.key }.flatMap(\.value))
        guard snapshot.status == "pending", message[header: "x-amz-changedblockscount"] == "\(snapshot.blocks.count)",
            message[header: "x-amz-checksum"] == Data(linear).base64EncodedString(),
            message[header: "x-amz-checksum-aggregation-method"] == "LINEAR"
        else { return refuse(400, "ValidationException") }
        state.snapshots[path[3]]?.status = "completed"
        return .json("{\"Status\":\"pending\"}", status: 202)
    }
}

/// A disk that is made up: block `n` is full of bytes that follow from `n`.
struct PatternDisk: BlockSource {
    var virtualSize: Int
    var writtenBlocks: [Range<Int>]
    /// Read instead of the disk where it is set.
    var failure: (any Error)?
    var seed: UInt8 = 0

    func content(_ block: Int) -> [UInt8] {
        guard writtenBlocks.contains(where: { $0.contains(block) }) else {
            return [UInt8](repeating: 0, count: EBSBlock.size)
        }
        return [UInt8](repeating: UInt8(truncatingIfNeeded: block &* 7 &+ 1) ^ seed, count: EBSBlock.size)
    }

    func read(block: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        if let failure { throw failure }
        buffer.copyBytes(from: content(block))
    }
}
