import Failures
import FaultProxy
import Foundation
import Glibc
import HostSystem
import LocalMoto
import Synchronization
import SystemPackage
import Testing

@testable import AWSClient

/// Block uploads to moto through a relay that spoils some of them.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled), .timeLimit(.minutes(10))) struct EBSFaultTests {
    private static let quick = RetryPolicy(base: .milliseconds(20), longest: .milliseconds(300))
    private let disk = PatternDisk(virtualSize: 1 << 30, writtenBlocks: [0..<200, 1000..<1200])

    private func upload(_ folder: FilePath, _ digest: String) -> EBSUpload {
        var upload = EBSUpload(disk, digest: digest, journal: folder.appending("journal"))
        upload.skipUnwritten = true
        return upload
    }

    private func checkReadBack(_ snapshot: UploadedSnapshot, _ server: LocalMoto) async throws {
        try await AWSSession.with(server.settings()) { aws in
            let ebs = try aws.ebs()
            let blocks = try await ebs.listBlocks(of: snapshot.id)
            #expect(Set(blocks.map(\.index)) == Set(disk.writtenBlocks.joined()))
            for block in blocks where block.index % 7 == 0 {
                #expect(try await ebs.read(block, of: snapshot.id) == disk.content(block.index))
            }
            try await aws.ec2().deleteSnapshot(snapshot.id)
        }
    }

    /// A number that follows from a request, so that every run of the test has the same faults.
    private static func dice(_ exchange: FaultProxy.Exchange) -> Int {
        guard let block = exchange.block else { return 99 }
        return (block * 37 + exchange.time * 61) % 100
    }

    @Test(
        "2 % of requests failing, 1 % of connections reset, answers lost, bodies cut, a fifth late: all is right, little goes twice"
    )
    func faults() async throws {
        let server = try await LocalMoto.shared()
        let rule: FaultProxy.Rule = { exchange in
            switch Self.dice(exchange) {
            case 0: .answer(status: 500, code: "InternalServerException")
            case 1: .answer(status: 503, code: "SlowDown")
            case 2: .reset
            case 3: exchange.time == 1 ? .cutBody : nil
            case 4: exchange.time == 1 ? .loseAnswer : nil
            case 5...24: .late(.milliseconds(150))
            default: nil
            }
        }
        try await withScratchFolder { folder in
            let snapshot = try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
                try await AWSSession.with(server.settings(endpoint: endpoint), retry: Self.quick) { aws in
                    let snapshot = try await upload(folder, "faults").run(try aws.ebs(), try aws.ec2())
                    #expect(proxy.repeats <= 400 / 20)
                    return snapshot
                }
            }
            #expect(snapshot.blocks == 400)
            #expect(snapshot.retries >= 12)
            try await checkReadBack(snapshot, server)
            #expect(try Folders.names(in: folder).isEmpty)
        }
    }

    @Test("Cut off in the middle and started again: what was acknowledged is not sent again")
    func interrupted() async throws {
        let server = try await LocalMoto.shared()
        let stuck = Atomic(true)
        let rule: FaultProxy.Rule = { exchange in
            stuck.load(ordering: .relaxed) && (exchange.block ?? 0) >= 150 ? .silence : nil
        }
        try await withScratchFolder { folder in
            let snapshot = try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
                try await AWSSession.with(server.settings(endpoint: endpoint), retry: Self.quick) { aws in
                    let upload = upload(folder, "interrupted")
                    let (arrivals, arrived) = AsyncStream<Int>.makeStream()
                    let task = Task {
                        defer { arrived.finish() }
                        return try await upload.run(try aws.ebs(), try aws.ec2()) { done, _ in arrived.yield(done) }
                    }
                    for await done in arrivals where done >= 120 { break }
                    task.cancel()
                    guard case .failure(let error) = await task.result else { throw CancellationError() }
                    #expect((error as? AWSFailure)?.code == .cancelled)
                    #expect(try Folders.names(in: folder) == ["journal"])
                    stuck.store(false, ordering: .relaxed)
                    let snapshot = try await upload.run(try aws.ebs(), try aws.ec2())
                    #expect(proxy.repeats <= 16)
                    return snapshot
                }
            }
            #expect(snapshot.blocks == 400)
            #expect(snapshot.blocksSent <= 280)
            try await checkReadBack(snapshot, server)
        }
    }

    @Test("Killed with SIGKILL in the middle and started again: what was acknowledged is not sent again")
    func killed() async throws {
        let server = try await LocalMoto.shared()
        let stuck = Atomic(true)
        let rule: FaultProxy.Rule = { exchange in
            stuck.load(ordering: .relaxed) && (exchange.block ?? 0) >= 150 ? .silence : nil
        }
        try await withScratchFolder { folder in
            let file = folder.appending("disk.raw")
            try await HostCommand(
                "sh", ["-c", "head -c $((300 * 524288)) /dev/urandom > \(file)"]
            ).run()
            try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
                let environment = server.environment(endpoint: endpoint)
                let log = folder.appending("log")
                let first = try Self.uploader(file, folder, environment)
                var seen = 0
                while seen < 130, first.isRunning {
                    try await Task.sleep(for: .milliseconds(20))
                    seen = Self.lines(log).compactMap { Int($0) }.last ?? 0
                }
                #expect(seen >= 130)
                kill(first.processIdentifier, SIGKILL)
                first.waitUntilExit()
                #expect(first.terminationReason == .uncaughtSignal)
                stuck.store(false, ordering: .relaxed)
                let second = try Self.uploader(file, folder, environment)
                while second.isRunning { try await Task.sleep(for: .milliseconds(20)) }
                let last = try #require(Self.lines(log).last)
                let peak = Self.lines(log).compactMap { $0.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap { Int($0.1) } }
                    .first
                #expect(try #require(peak) < 200_000)
                let sent = try #require(last.firstMatch(of: /snapshot (\S+) sent (\d+) of 300/))
                #expect(try #require(Int(sent.2)) <= 300 - seen)
                #expect(proxy.repeats <= 16)
                let snapshot = String(sent.1)
                try await AWSSession.with(server.settings()) { aws in
                    let blocks = try await aws.ebs().listBlocks(of: snapshot)
                    #expect(Set(blocks.map(\.index)) == Set(0..<300))
                    try await aws.ec2().deleteSnapshot(snapshot)
                }
            }
            #expect(try Set(Folders.names(in: folder)) == ["disk.raw", "log"])
        }
    }

    private static func lines(_ log: FilePath) -> [Substring] {
        String(decoding: (try? Folders.read(log)) ?? [], as: UTF8.self).split(separator: "\n")
    }

    /// What it prints goes to `log` in the folder.
    private static func uploader(_ file: FilePath, _ folder: FilePath, _ environment: [String: String]) throws
        -> Process
    {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(
            "BlockUploader")
        process.arguments = [file.string, folder.appending("journal").string]
        process.environment = environment
        let log = folder.appending("log")
        try DurableFile.write([], to: log)
        process.standardOutput = FileHandle(forWritingAtPath: log.string)
        try process.run()
        return process
    }

    @Test("Credentials that end in the middle are fetched again")
    func expired() async throws {
        let server = try await LocalMoto.shared()
        let told = Atomic(0)
        let rule: FaultProxy.Rule = { exchange in
            guard exchange.block == 100, exchange.time == 1 else { return nil }
            told.add(1, ordering: .relaxed)
            return .answer(status: 400, code: "ExpiredTokenException")
        }
        try await withScratchFolder { folder in
            let snapshot = try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
                try await AWSSession.with(server.settings(endpoint: endpoint), retry: Self.quick) { aws in
                    let role = AssumedRole("arn:aws:iam::123456789012:role/upload")
                    let other = try aws.assuming(role)
                    return try await upload(folder, "expired").run(try other.ebs(), try other.ec2())
                }
            }
            #expect(told.load(ordering: .relaxed) == 1)
            #expect(snapshot.blocksSent == 400)
            try await checkReadBack(snapshot, server)
        }
    }
}
