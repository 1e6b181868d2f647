import Failures
import FaultProxy
import Glibc
import HostSystem
import LocalS3
import Synchronization
import SystemPackage
import Testing

@testable import AWSClient

/// Uploads to a real server, read back by another client, with and without faults on the way.
@Suite(.serialized, .enabled(if: LocalS3.isInstalled), .timeLimit(.minutes(10))) struct S3UploadTests {
    private static let mebibyte = 1 << 20
    /// Five parts, the last of 1 MiB + 13 bytes.
    private static let size = 33 * mebibyte + 13
    private static let quick = RetryPolicy(base: .milliseconds(20), longest: .milliseconds(200))

    /// A place of its own in the server's bucket, and a folder. A bucket for each would cost the server seven volumes.
    private func withServer(_ body: (_ server: LocalS3, _ place: S3Location, _ folder: FilePath) async throws -> Void)
        async throws
    {
        let server = try await LocalS3.shared()
        let place = S3Location(bucket: LocalS3.bucket, key: "test-\(UInt32.random(in: 0 ..< .max))")
        try await withScratchFolder { folder in try await body(server, place, folder) }
    }

    /// A sparse file with data at its beginning, over the border of two parts, and at its end.
    private func sparseFile(_ folder: FilePath, size: Int = size) throws -> FilePath {
        let path = folder.appending("disk.vmdk")
        let descriptor = open(path.string, O_RDWR | O_CREAT | O_TRUNC, 0o644)
        defer { close(descriptor) }
        #expect(ftruncate(descriptor, off_t(size)) == 0)
        var state: UInt64 = 0x9e37_79b9
        for offset in [0, 16 * Self.mebibyte - 50_000, size - 70_000] where offset >= 0 {
            let bytes = (0..<70_000).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            #expect(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count)
        }
        return path
    }

    private func sha256(_ file: FilePath) async throws -> Substring {
        try await HostCommand("sha256sum", [file.string]).run().prefix(64)
    }

    /// Uploads below a place that are neither complete nor aborted.
    private func pending(_ settings: AWSSettings, _ place: S3Location) async throws -> Int {
        try await S3Client.with(settings) { s3 in try await s3.listMultipartUploads(place).count }
    }

    /// Uploads through a relay that follows `rule`.
    private func upload(
        _ file: FilePath, _ location: S3Location, _ server: LocalS3, secret: Secret? = nil, parallel: Int = 4,
        digest: String? = nil, rule: @escaping FaultProxy.Rule
    ) async throws -> (outcome: Result<UploadedObject, AWSFailure>, log: [FaultProxy.Exchange]) {
        try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
            let settings = try server.settings(endpoint: endpoint, secret: secret)
            return try await S3Client.with(settings, retry: Self.quick) { s3 in
                var upload = S3Upload(file: file, to: location)
                upload.parallel = parallel
                upload.digest = digest
                do throws(AWSFailure) {
                    return (.success(try await upload.run(s3)), proxy.log)
                } catch {
                    return (.failure(error), proxy.log)
                }
            }
        }
    }

    private func checkReadBack(_ file: FilePath, _ location: S3Location, _ server: LocalS3) async throws {
        let copy = file.removingLastComponent().appending("copy")
        try await server.aws("s3", "cp", "--quiet", "\(location)", copy.string)
        #expect(try await sha256(copy) == sha256(file))
        try Folders.remove(copy)
    }

    @Test("A sparse file in five parts arrives as it is, and neither a journal nor an upload is left")
    func multipart() async throws {
        try await withServer { server, place, folder in
            let file = try sparseFile(folder)
            let location = place.appending("images/disk with spaces+ü.vmdk")
            let object = try await S3Client.with(server.settings()) { s3 in
                try await S3Upload(file: file, to: location).run(s3)
            }
            #expect(object.parts == 5)
            #expect(object.partsSent == 5)
            #expect(object.size == Self.size)
            #expect(object.retries == 0)
            try await checkReadBack(file, location, server)
            #expect(try Folders.names(in: folder) == ["disk.vmdk"])
            #expect(try await pending(server.settings(), place) == 0)
        }
    }

    @Test("Small and empty files go in one request", arguments: [0, 1, 70_000, 8 << 20])
    func single(size: Int) async throws {
        try await withServer { server, place, folder in
            let file = folder.appending("small")
            try DurableFile.write([UInt8](repeating: 7, count: size), to: file)
            let location = place.appending("small")
            let object = try await S3Client.with(server.settings()) { s3 in
                try await S3Upload(file: file, to: location).run(s3)
            }
            #expect(object.parts == 1)
            try await checkReadBack(file, location, server)
        }
    }

    @Test(
        "One fault on the way of a part, or of the completion, costs one sending and nothing else",
        arguments: [
            ("a 500", FaultProxy.Fault.answer(status: 500, code: "InternalError")),
            ("a 503 SlowDown", .answer(status: 503, code: "SlowDown", headers: [("Retry-After", "1")])),
            ("a reset", .reset), ("a cut body", .cutBody), ("a bent body", .bendBody), ("a lost answer", .loseAnswer),
            ("a cut answer", .cutAnswer),
        ])
    func oneFault(name: String, fault: FaultProxy.Fault) async throws {
        try await withServer { server, place, folder in
            let file = try sparseFile(folder)
            let location = place.appending("disk")
            let (outcome, log) = try await upload(file, location, server) { exchange in
                exchange.part == 2 && exchange.time == 1 ? fault : nil
            }
            let object = try outcome.get()
            #expect(object.retries == 1)
            #expect(log.count { $0.part == 2 } == 2)
            #expect(log.count { $0.part != nil } == 6)
            try await checkReadBack(file, location, server)
            #expect(try await pending(server.settings(), place) == 0)
        }
    }

    @Test(
        "A completion whose answer is lost, or is an error at first, ends as complete",
        arguments: [
            ("lost", FaultProxy.Fault.loseAnswer), ("500", .answer(status: 500, code: "InternalError")),
            ("error in a 200", .answer(status: 200, code: "InternalError")),
        ])
    func completion(name: String, fault: FaultProxy.Fault) async throws {
        try await withServer { server, place, folder in
            let file = try sparseFile(folder)
            let location = place.appending("disk")
            let (outcome, _) = try await upload(file, location, server) { exchange in
                exchange.method == "POST" && exchange.target.contains("uploadId=") && exchange.time == 1 ? fault : nil
            }
            #expect(try outcome.get().parts == 5)
            try await checkReadBack(file, location, server)
            #expect(try Folders.names(in: folder) == ["disk.vmdk"])
        }
    }

    /// Runs an upload until its first two parts have arrived and no other can, then cancels it.
    private func interrupted(_ upload: S3Upload, _ s3: S3Client) async throws -> AWSFailure? {
        let (arrivals, arrived) = AsyncStream<Int>.makeStream()
        let task = Task {
            defer { arrived.finish() }
            return try await upload.run(s3) { done, _ in arrived.yield(done) }
        }
        for await bytes in arrivals where bytes == 2 * (8 << 20) { break }
        task.cancel()
        guard case .failure(let error) = await task.result else { return nil }
        return error as? AWSFailure
    }

    @Test(
        "An upload cancelled in the middle goes on with the parts that are missing, also of a file that was made anew")
    func resume() async throws {
        try await withServer { server, place, folder in
            let file = try sparseFile(folder)
            let location = place.appending("disk")
            let digest = String(try await sha256(file))
            let stuck = Atomic(true)
            let rule: FaultProxy.Rule = { exchange in
                (exchange.part ?? 0) > 2 && stuck.load(ordering: .relaxed) ? .silence : nil
            }
            try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
                try await S3Client.with(server.settings(endpoint: endpoint)) { s3 in
                    var upload = S3Upload(file: file, to: location)
                    upload.digest = digest
                    let error = try await interrupted(upload, s3)
                    #expect(error?.code == .cancelled)
                    #expect(error?.exitStatus == .interrupted)
                    #expect(error?.hint?.contains("goes on") == true)
                    #expect(try Folders.names(in: folder).count == 2)
                    #expect(try await pending(server.settings(), place) == 1)
                    stuck.store(false, ordering: .relaxed)
                    let before = proxy.log.count
                    // The same content in a new file, as a build that is started again exports it.
                    try Folders.remove(file)
                    _ = try sparseFile(folder)
                    let object = try await upload.run(s3)
                    #expect(object.parts == 5)
                    #expect(object.partsSent == 3)
                    #expect(Set(proxy.log[before...].compactMap(\.part)) == [3, 4, 5])
                }
            }
            try await checkReadBack(file, location, server)
            #expect(try Folders.names(in: folder) == ["disk.vmdk"])
            #expect(try await pending(server.settings(), place) == 0)
        }
    }

    @Test(
        "A damaged journal, or one of another content, begins anew and leaves no upload behind",
        arguments: [true, false])
    func begunAnew(damaged: Bool) async throws {
        try await withServer { server, place, folder in
            let file = try sparseFile(folder)
            let location = place.appending("disk")
            let stuck = Atomic(true)
            let rule: FaultProxy.Rule = { exchange in
                (exchange.part ?? 0) > 2 && stuck.load(ordering: .relaxed) ? .silence : nil
            }
            try await FaultProxy.with(server: server.port, rule: rule) { _, endpoint in
                try await S3Client.with(server.settings(endpoint: endpoint)) { s3 in
                    let upload = S3Upload(file: file, to: location)
                    _ = try await interrupted(upload, s3)
                    stuck.store(false, ordering: .relaxed)
                    if damaged {
                        let name = try #require(try Folders.names(in: folder).first { $0.hasSuffix(".upload") })
                        var content = try Folders.read(folder.appending(name))
                        content[content.count - 10] ^= 1
                        try DurableFile.write(content, to: folder.appending(name))
                    } else {
                        try await HostCommand("sh", ["-c", "printf changed | dd conv=notrunc of=\(file)"]).run()
                    }
                    #expect(try await upload.run(s3).partsSent == 5)
                }
            }
            try await checkReadBack(file, location, server)
            #expect(try Folders.names(in: folder) == ["disk.vmdk"])
            #expect(try await pending(server.settings(), place) == 0)
        }
    }

    @Test("A part that fails for good ends in one error; what was sent stays for the next run, which ends well")
    func partFailsForGood() async throws {
        try await withServer { server, place, folder in
            let file = try sparseFile(folder)
            let location = place.appending("disk")
            let broken = Atomic(true)
            let rule: FaultProxy.Rule = { exchange in
                exchange.part == 5 && broken.load(ordering: .relaxed)
                    ? .answer(status: 500, code: "InternalError") : nil
            }
            try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
                try await S3Client.with(server.settings(endpoint: endpoint), retry: Self.quick) { s3 in
                    var upload = S3Upload(file: file, to: location)
                    upload.parallel = 1
                    let job = upload
                    let error = await #expect(throws: AWSFailure.self) { try await job.run(s3) }
                    #expect(error?.code == .service)
                    #expect(error?.exitStatus == .unavailable)
                    #expect(error?.message.contains("part 5 of 5") == true)
                    #expect(proxy.log.count { $0.part == 5 } == 6)
                    let begun = try await pending(server.settings(), place)
                    #expect(begun == 1)
                    broken.store(false, ordering: .relaxed)
                    let object = try await job.run(s3)
                    #expect(object.partsSent == 1)
                }
            }
            try await checkReadBack(file, location, server)
            #expect(try await pending(server.settings(), place) == 0)
        }
    }

    @Test("A file that changes while it is sent is an error for good: the upload is aborted")
    func fileChanges() async throws {
        try await withServer { server, place, folder in
            let file = try sparseFile(folder)
            let location = place.appending("disk")
            let (outcome, _) = try await upload(file, location, server, parallel: 1) { exchange in
                if exchange.part == 3 { truncate(file.string, off_t(20 << 20)) }
                return nil
            }
            guard case .failure(let error) = outcome else {
                Issue.record("the upload went through")
                return
            }
            #expect(error.code == .file)
            #expect(try Folders.names(in: folder) == ["disk.vmdk"])
            #expect(try await pending(server.settings(), place) == 0)
        }
    }
}
