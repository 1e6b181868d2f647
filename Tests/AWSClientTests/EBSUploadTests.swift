import Crypto
import Failures
import Foundation
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import AWSClient

/// Uploads of blocks to a service that keeps the rules of the EBS direct API, in no time.
@Suite struct EBSUploadTests {
    private let clock = ManualClock(Date(timeIntervalSince1970: 1_700_000_000))
    /// 100 blocks in two ranges of a disk of 200 MiB.
    private let disk = PatternDisk(virtualSize: 200 << 20, writtenBlocks: [0..<60, 300..<340])

    private func session(_ service: ScriptedEBS) throws -> AWSSession {
        let moving = RetryClock(
            now: { clock.now },
            sleep: {
                clock.advance(by: $0.seconds)
                try await Task.sleep(for: .zero)
            }, fraction: { 0.5 })
        let fixed = FixedCredentials(
            AWSCredentials(accessKeyID: "KEY", secretAccessKey: Secret("the-secret"), source: "the test"))
        return AWSSession(
            settings: try AWSSettings(environment: ["HOME": "/nonexistent", "AWS_REGION": "eu-central-1"]),
            chain: CredentialChain([fixed]), transport: service, retry: RetryPolicy(), clock: moving)
    }

    private func upload(_ folder: FilePath, _ disk: PatternDisk? = nil) -> EBSUpload {
        var upload = EBSUpload(disk ?? self.disk, digest: "abc123", journal: folder.appending("image.upload"))
        upload.skipUnwritten = true
        upload.tags = ["Name": "web"]
        return upload
    }

    private func run(_ upload: EBSUpload, _ service: ScriptedEBS) async throws -> UploadedSnapshot {
        let session = try session(service)
        return try await upload.run(try session.ebs(), try session.ec2())
    }

    @Test("Written blocks arrive with their checksums, the snapshot is complete and tagged, and no journal is left")
    func whole() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS()
            let progress = Mutex<[Int]>([])
            let session = try session(service)
            let done = try await upload(folder).run(try session.ebs(), try session.ec2()) { done, total in
                #expect(total == 100)
                progress.withLock { $0.append(done) }
            }
            #expect(done.blocks == 100)
            #expect(done.blocksSent == 100)
            #expect(done.retries == 0)
            #expect(done.size == 1)
            #expect(progress.withLock { $0 } == Array(0...100))
            let snapshot = try #require(service.state.snapshots[done.id])
            #expect(snapshot.status == "completed")
            #expect(Set(snapshot.blocks.keys) == Set(Array(0..<60) + Array(300..<340)))
            #expect(snapshot.blocks[300] == Array(SHA256.hash(data: disk.content(300))))
            #expect(snapshot.tags["tagged"]?.contains("Tag.1.Key=Name") == true)
            #expect(service.state.mostOnTheirWay <= 64)
            #expect(try Folders.names(in: folder).isEmpty)
        }
    }

    @Test("A second run finds the finished snapshot and sends nothing")
    func second() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS()
            let first = try await run(upload(folder), service)
            let again = try await run(upload(folder), service)
            #expect(again.id == first.id)
            #expect(again.blocksSent == 0)
            #expect(service.state.snapshots.count == 1)
            #expect(service.state.repeated == 0)
            // Another image, or the same for another key, is another snapshot.
            var other = upload(folder)
            other.skipUnwritten = false
            other.kmsKeyARN = "arn:k"
            #expect(other.wish != upload(folder).wish)
            #expect(try Folders.names(in: folder).isEmpty)
        }
    }

    @Test("Where the account encrypts, blocks that were never written are sent as zeros, to the end of the volume")
    func encrypting() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS(encrypts: true)
            let small = PatternDisk(virtualSize: 3 << 20, writtenBlocks: [1..<2])
            let done = try await run(upload(folder, small), service)
            #expect(done.blocks == 2048)
            let zero = Array(SHA256.hash(data: [UInt8](repeating: 0, count: EBSBlock.size)))
            let blocks = try #require(service.state.snapshots[done.id]?.blocks)
            #expect(blocks.count { $0.value == zero } == 2047)
            #expect(blocks[1] == Array(SHA256.hash(data: small.content(1))))
        }
    }

    @Test("To leave blocks out of a snapshot that is to be encrypted is refused before anything is sent")
    func skippingEncrypted() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS()
            for change: (inout EBSUpload) -> Void in [{ $0.encrypted = true }, { $0.kmsKeyARN = "arn:k" }] {
                var upload = upload(folder)
                change(&upload)
                let wanted = upload
                let error = await #expect(throws: AWSFailure.self) { try await run(wanted, service) }
                #expect(error?.code == .badRequest)
            }
            #expect(service.state.operations.isEmpty)
        }
    }

    @Test(
        "Two in a hundred refused, one in a hundred reset, one in a hundred lost: all arrives, nothing known is repeated"
    )
    func faults() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS { operation, block, time in
                guard let block, time == 1 else { return nil }
                switch block % 50 {
                case 7: return .refuse(500, "InternalServerException")
                case 21: return .refuse(400, "RequestThrottledException")
                case 30: return .reset
                case 40: return .loseAnswer
                default: return nil
                }
            }
            let done = try await run(upload(folder), service)
            #expect(done.retries == 8)
            #expect(service.state.repeated == 0)
            #expect(service.state.snapshots[done.id]?.status == "completed")
        }
    }

    @Test("A refusal that is for good ends the upload at once; the next run sends only what is missing")
    func refused() async throws {
        try await withScratchFolder { folder in
            let allowed = Atomic(false)
            let service = ScriptedEBS { _, block, _ in
                block == 50 && !allowed.load(ordering: .relaxed) ? .refuse(403, "AccessDeniedException") : nil
            }
            let error = await #expect(throws: AWSFailure.self) { try await run(upload(folder), service) }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("block 50 of snap-1") == true)
            #expect(error?.hint?.contains("goes on from there") == true)
            #expect(service.state.sendings["snap-1/50"] == 1)
            let stored = service.state.acknowledged.count
            #expect((1..<100).contains(stored))
            #expect(try Folders.names(in: folder) == ["image.upload"])
            allowed.store(true, ordering: .relaxed)
            let done = try await run(upload(folder), service)
            // What was acknowledged and not noted before the end came may be sent again, and no more than that.
            #expect(done.blocksSent >= 100 - stored)
            #expect(service.state.repeated <= 16)
            #expect(done.blocks == 100)
            #expect(service.state.operations.count { $0 == "StartSnapshot" } == 1)
        }
    }

    @Test("A snapshot that is not known yet is asked for again, for two minutes")
    func settling() async throws {
        try await withScratchFolder { folder in
            let young = ScriptedEBS { _, block, time in
                block != nil && time < 4 ? .refuse(404, "ResourceNotFoundException") : nil
            }
            let settled = try await run(upload(folder), young)
            #expect(settled.retries == 300)
            let never = ScriptedEBS { _, block, _ in block == nil ? nil : .refuse(404, "ResourceNotFoundException") }
            let before = clock.now
            let error = await #expect(throws: AWSFailure.self) { try await run(upload(folder), never) }
            #expect(error?.code == .notFound)
            #expect(clock.now.timeIntervalSince(before) >= 120)
            // Each attempt has a token of its own, in case that the first one stands for a snapshot that was deleted.
            #expect(Set(never.state.snapshots.values.map(\.token)).count == 3)
        }
    }

    @Test("A snapshot that has ended in error is left for a new one")
    func spent() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS()
            let wanted = upload(folder)
            let first = try await run(wanted, service)
            service.change { $0.snapshots[first.id]?.status = "error" }
            let second = try await run(wanted, service)
            #expect(second.id != first.id)
            #expect(second.blocksSent == 100)
        }
    }

    @Test("A completion whose answer is lost is asked about, not doubted")
    func lostCompletion() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS { operation, _, time in
                operation == "CompleteSnapshot" && time == 1 ? .loseAnswer : nil
            }
            let done = try await run(upload(folder), service)
            #expect(service.state.snapshots[done.id]?.status == "completed")
        }
    }

    @Test("Killed between the completion and the end: the next run sees that all is done")
    func completedBefore() async throws {
        try await withScratchFolder { folder in
            let allowed = Atomic(false)
            let service = ScriptedEBS { operation, _, _ in
                operation == "DescribeSnapshots" && !allowed.load(ordering: .relaxed) ? .refuse(403, "") : nil
            }
            let error = await #expect(throws: AWSFailure.self) { try await run(upload(folder), service) }
            #expect(error?.code == .accessDenied)
            #expect(try Folders.names(in: folder) == ["image.upload"])
            allowed.store(true, ordering: .relaxed)
            let done = try await run(upload(folder), service)
            #expect(done.id == "snap-1")
            #expect(done.blocksSent == 0)
            #expect(service.state.repeated == 0)
            #expect(try Folders.names(in: folder).isEmpty)
        }
    }

    @Test("An upload that takes longer than it was given ends, and can be gone on with")
    func deadline() async throws {
        try await withScratchFolder { folder in
            let stuck = Atomic(true)
            let service = ScriptedEBS { _, block, _ in
                block == 70 || block == 320 ? (stuck.load(ordering: .relaxed) ? .silence : nil) : nil
            }
            var hurried = upload(folder)
            hurried.limit = .seconds(3)
            let wanted = hurried
            let error = await #expect(throws: AWSFailure.self) { try await run(wanted, service) }
            #expect(error?.code == .timedOut)
            #expect(try Folders.names(in: folder) == ["image.upload"])
            stuck.store(false, ordering: .relaxed)
            let done = try await run(upload(folder), service)
            #expect(done.blocksSent == 1)
            #expect(service.state.repeated == 0)
        }
    }

    @Test("A service that throttles most of what comes is waited for, with few on their way")
    func throttled() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS { _, block, time in
                block != nil && time < 5 ? .refuse(400, "RequestThrottledException:http://x") : nil
            }
            let done = try await run(upload(folder), service)
            #expect(done.retries == 400)
            #expect(service.state.mostOnTheirWay <= 32)
            #expect(service.state.repeated == 0)
        }
    }

    /// Cancels an upload when `count` blocks are there and no other can come.
    private func interrupted(_ folder: FilePath, _ service: ScriptedEBS, after count: Int) async throws {
        let session = try session(service)
        let upload = upload(folder)
        let (arrivals, arrived) = AsyncStream<Int>.makeStream()
        let task = Task {
            defer { arrived.finish() }
            return try await upload.run(try session.ebs(), try session.ec2()) { done, _ in arrived.yield(done) }
        }
        for await done in arrivals where done >= count { break }
        task.cancel()
        guard case .failure(let error) = await task.result else {
            Issue.record("it ended before it was cancelled")
            return
        }
        #expect((error as? AWSFailure)?.code == .cancelled)
    }

    @Test("Cancelled in the middle it goes on with what is missing; a damaged line only costs the blocks behind it")
    func resume() async throws {
        for isDamaged in [false, true] {
            try await withScratchFolder { folder in
                let stuck = Atomic(true)
                let service = ScriptedEBS { _, block, _ in
                    (block ?? 0) >= 40 && stuck.load(ordering: .relaxed) ? .silence : nil
                }
                try await interrupted(folder, service, after: 30)
                stuck.store(false, ordering: .relaxed)
                let journal = folder.appending("image.upload")
                var lines = try Folders.read(journal).split(separator: UInt8(ascii: "\n")).map { Array($0) }
                let stored = service.state.acknowledged.count
                #expect(lines.count - 1 >= 30)
                if isDamaged {
                    lines[11][30] ^= 1
                    try DurableFile.write(Array(lines.joined(separator: [10])) + [10], to: journal)
                }
                let done = try await run(upload(folder), service)
                #expect(done.blocks == 100)
                if isDamaged {
                    #expect(done.blocksSent == 90)
                } else {
                    #expect(done.blocksSent == 100 - (lines.count - 1))
                    #expect(service.state.repeated <= stored - (lines.count - 1))
                    #expect(service.state.repeated <= 16)
                }
                #expect(service.state.snapshots.count == 1)
            }
        }
    }

    @Test("The journal of another image is not gone on with")
    func otherImage() async throws {
        try await withScratchFolder { folder in
            let stuck = Atomic(true)
            let service = ScriptedEBS { _, block, _ in
                (block ?? 0) >= 40 && stuck.load(ordering: .relaxed) ? .silence : nil
            }
            try await interrupted(folder, service, after: 30)
            stuck.store(false, ordering: .relaxed)
            var other = disk
            other.seed = 0x55
            var wanted = EBSUpload(other, digest: "other", journal: folder.appending("image.upload"))
            wanted.skipUnwritten = true
            let done = try await run(wanted, service)
            #expect(done.blocksSent == 100)
            #expect(service.state.snapshots[done.id]?.blocks[0] == Array(SHA256.hash(data: other.content(0))))
        }
    }

    @Test("Given up, the snapshot is deleted and so is the journal; without one there is nothing to give up")
    func abandon() async throws {
        try await withScratchFolder { folder in
            let service = ScriptedEBS { _, block, _ in
                (block ?? 0) >= 40 ? .silence : nil
            }
            try await interrupted(folder, service, after: 30)
            let session = try session(service)
            try await upload(folder).abandon(try session.ec2())
            #expect(service.state.snapshots.isEmpty)
            #expect(try Folders.names(in: folder).isEmpty)
            try await upload(folder).abandon(try session.ec2())
            #expect(service.state.operations.count { $0 == "DeleteSnapshot" } == 1)
            #expect(try Folders.names(in: folder).isEmpty)
        }
    }

    @Test("A disk that cannot be read ends the upload with what the disk said")
    func unreadable() async throws {
        try await withScratchFolder { folder in
            var broken = disk
            broken.failure = HostFailure(.io, "cannot read /images/web.qcow2: Input/output error")
            let error = await #expect(throws: AWSFailure.self) {
                try await run(upload(folder, broken), ScriptedEBS())
            }
            #expect(error?.code == .file)
            #expect(error?.message == "cannot read /images/web.qcow2: Input/output error")
        }
    }

    @Test("Two uploads of one image at once: the second is told of the first")
    func busy() async throws {
        try await withScratchFolder { folder in
            let held = try EBSJournal(folder.appending("image.upload"))
            let error = await #expect(throws: AWSFailure.self) { try await run(upload(folder), ScriptedEBS()) }
            #expect(error?.code == .busy)
            withExtendedLifetime(held) {}
        }
    }
}
