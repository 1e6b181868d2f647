import Failures
import FaultProxy
import Glibc
import HostSystem
import LocalS3
import SystemPackage
import Testing

@testable import AWSClient

/// Files that are sent while they are written, to a real server; the relay counts what travels.
@Suite(.serialized, .enabled(if: LocalS3.isInstalled), .timeLimit(.minutes(5))) struct UploadHeadStartTests {
    private static let part = 8 << 20
    /// Four parts and a bit.
    private static let size = 4 * part + 13

    /// A file of parts that are told apart by a byte, under a name that it does not keep.
    private func draft(_ bytes: [UInt8], _ folder: FilePath) throws -> FilePath {
        let content = bytes.flatMap { [UInt8](repeating: $0, count: Self.part) } + [UInt8](repeating: 9, count: 13)
        let path = folder.appending(".disk.vmdk.new")
        try DurableFile.write(content, to: path)
        return path
    }

    /// Writes the file, with a head start that ends once `parts` of it have been sent.
    private func write(
        _ bytes: [UInt8], _ folder: FilePath, to location: S3Location, parts: Int, _ s3: S3Client,
        _ sent: () -> Int, isFinished: Bool, largest: Int = 1 << 30
    ) async throws -> (file: FilePath, digest: String) {
        let draft = try draft(bytes, folder)
        let digest = String(try await HostCommand("sha256sum", [draft.string]).run().prefix(64))
        let file = folder.appending("disk.vmdk")
        let start = UploadHeadStart(of: file, to: location, largest: largest)
        async let running: Void = start.run(s3)
        for count in stride(from: Self.part / 2, through: Self.size, by: Self.part / 2) { start.grew(draft, to: count) }
        start.grew(draft, to: Self.size)
        let before = ContinuousClock.now
        while sent() < parts, ContinuousClock.now - before < .seconds(30) {
            try await Task.sleep(for: .milliseconds(20))
        }
        start.end()
        await running
        if isFinished { try DurableFile.rename(draft, to: file) } else { try Folders.remove(draft) }
        await start.close(digest: isFinished ? digest : nil)
        return (file, digest)
    }

    private func withServer(
        _ body:
            @escaping @Sendable (_ s3: S3Client, _ proxy: FaultProxy, _ place: S3Location, _ folder: FilePath)
            async throws -> Void
    ) async throws {
        let server = try await LocalS3.shared()
        let place = S3Location(bucket: LocalS3.bucket, key: "test-\(UInt32.random(in: 0 ..< .max))/disk.vmdk")
        try await withScratchFolder { folder in
            try await FaultProxy.with(server: server.port, rule: { _ in nil }) { proxy, endpoint in
                try await S3Client.with(server.settings(endpoint: endpoint)) { s3 in
                    try await body(s3, proxy, place, folder)
                }
            }
            let copy = folder.appending("copy")
            try await server.aws("s3", "cp", "--quiet", "\(place)", copy.string)
            #expect(try Folders.read(copy) == Folders.read(folder.appending("disk.vmdk")))
            try Folders.remove(copy)
            #expect(try Folders.names(in: folder) == ["disk.vmdk"])
            let pending = try await S3Client.with(server.settings()) { s3 in try await s3.listMultipartUploads(place) }
            #expect(pending.isEmpty)
        }
    }

    @Test("What is there of a file is sent while the rest is written; then only the rest is")
    func ahead() async throws {
        try await withServer { s3, proxy, place, folder in
            let sent = { proxy.log.compactMap(\.part).count }
            let (file, digest) = try await write(
                [1, 2, 3, 4], folder, to: place, parts: 4, s3, sent, isFinished: true)
            #expect(Set(proxy.log.compactMap(\.part)) == [1, 2, 3, 4])
            let count = proxy.log.count
            var upload = S3Upload(file: file, to: place)
            upload.digest = digest
            let object = try await upload.run(s3)
            #expect(object.parts == 5 && object.partsSent == 1)
            #expect(proxy.log[count...].compactMap(\.part) == [5])
        }
    }

    @Test(
        "After a file that never got finished, the next sends those parts that are others, and not those that are not")
    func unfinished() async throws {
        try await withServer { s3, proxy, place, folder in
            let sent = { Set(proxy.log.compactMap(\.part)).count }
            _ = try await write([1, 2, 3, 4], folder, to: place, parts: 4, s3, sent, isFinished: false)
            let count = proxy.log.count
            let again = { proxy.log[count...].compactMap(\.part).count }
            let (file, digest) = try await write(
                [1, 2, 7, 4], folder, to: place, parts: 1, s3, again, isFinished: true)
            var upload = S3Upload(file: file, to: place)
            upload.digest = digest
            _ = try await upload.run(s3)
            #expect(proxy.log[count...].compactMap(\.part).sorted() == [3, 5])
        }
    }

    @Test("What a head start has sent of one file is never taken for another's, whose upload was to go on")
    func otherContent() async throws {
        try await withServer { s3, proxy, place, folder in
            let sent = { Set(proxy.log.compactMap(\.part)).count }
            // A file that was finished, and not sent to the end.
            let (file, digest) = try await write([1, 2, 3, 4], folder, to: place, parts: 4, s3, sent, isFinished: true)
            let count = proxy.log.count
            // Another one of the name that is never finished, as when its export is killed.
            let again = { proxy.log[count...].compactMap(\.part).count }
            _ = try await write([5, 6, 7, 8], folder, to: place, parts: 4, s3, again, isFinished: false)
            var upload = S3Upload(file: file, to: place)
            upload.digest = digest
            _ = try await upload.run(s3)
        }
    }

    @Test("The upload of a file that is cut otherwise is given up, not left behind")
    func otherCut() async throws {
        try await withServer { s3, proxy, place, folder in
            let sent = { Set(proxy.log.compactMap(\.part)).count }
            _ = try await write([1, 2, 3, 4], folder, to: place, parts: 4, s3, sent, isFinished: false)
            let count = proxy.log.count
            let again = { proxy.log[count...].compactMap(\.part).count }
            let (file, digest) = try await write(
                [1, 2, 3, 4], folder, to: place, parts: 2, s3, again, isFinished: true, largest: 100 << 30)
            var upload = S3Upload(file: file, to: place)
            upload.digest = digest
            _ = try await upload.run(s3)
        }
    }

    @Test("A file of a single part, and one that nobody ends, leave nothing behind")
    func small() async throws {
        try await withServer { s3, proxy, place, folder in
            let file = folder.appending("disk.vmdk")
            try DurableFile.write([UInt8](repeating: 5, count: Self.part), to: file)
            let start = UploadHeadStart(of: file, to: place, largest: 1 << 30)
            async let running: Void = start.run(s3)
            start.grew(file, to: Self.part)
            start.end()
            await running
            await start.close(digest: nil)
            #expect(proxy.log.isEmpty)
            #expect(try Folders.names(in: folder) == ["disk.vmdk"])
            let cancelled = Task { await UploadHeadStart(of: file, to: place, largest: 1 << 30).run(s3) }
            cancelled.cancel()
            await cancelled.value
            _ = try await S3Upload(file: file, to: place).run(s3)
        }
    }
}
