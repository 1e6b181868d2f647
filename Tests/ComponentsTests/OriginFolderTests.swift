import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Components
@testable import Origins

@Suite struct OriginFolderTests {
    private func content(_ origins: HostOrigins, _ origin: FileOrigin, _ folder: FilePath) async throws -> String {
        let file = folder.appending(UUID().uuidString)
        try await origins.fetch(origin, to: file)
        return String(decoding: try Folders.read(file), as: UTF8.self)
    }

    @Test("A folder stands for a bucket, a prefix or a web server, the longest prefix first")
    func mappings() async throws {
        try await withFolder { folder in
            let bucket = folder.appending("bucket"), deep = folder.appending("deep")
            for (path, text) in [("bucket/a/b c.txt", "1"), ("bucket/a/ü", "2"), ("deep/x", "3"), ("bucket/z", "4")] {
                let file = folder.pushing(FilePath(path))
                try Folders.create(file.removingLastComponent())
                try DurableFile.write(Array(text.utf8), to: file)
            }
            let origins = try HostOrigins(
                settings: nil,
                folders: [
                    "s3://my-bucket": bucket, "s3://my-bucket/deep/er": deep, "https://Example.org/files/": bucket,
                    "http://localhost:8080": deep,
                ], isOffline: true)
            func s3(_ key: String) -> FileOrigin { .s3(S3Address(bucket: "my-bucket", key: key), expectedOwner: nil) }
            func web(_ url: String) -> FileOrigin { .web(url, ignoringCertificateErrors: false) }
            #expect(try await content(origins, s3("a/b c.txt"), folder) == "1")
            #expect(try await content(origins, s3("deep/er/x"), folder) == "3")
            #expect(try await content(origins, web("https://example.org/files/a/b%20c.txt?v=1"), folder) == "1")
            #expect(try await content(origins, web("http://localhost:8080/x"), folder) == "3")
            let all = try await origins.list(S3Address(bucket: "my-bucket", key: "a/"), limit: 10, expectedOwner: nil)
            #expect(all == [S3Entry(key: "a/b c.txt", size: 1), S3Entry(key: "a/ü", size: 1)])
            #expect(
                try await origins.list(S3Address(bucket: "my-bucket", key: ""), limit: 2, expectedOwner: nil).count == 2
            )

            let file = folder.appending("up")
            try DurableFile.write(Array("new".utf8), to: file)
            try await origins.store(file, at: S3Address(bucket: "my-bucket", key: "n/e/w"), expectedOwner: nil)
            #expect(try Folders.read(bucket.pushing("n/e/w")) == Array("new".utf8))
            for (origin, code) in [
                (s3("none"), OriginFailureCode.notFound), (s3("a"), .notFound), (s3("a/../../up"), .badAddress),
                (web("https://example.org/files/%2e%2e/up"), .badAddress),
                (web("https://example.org/other"), .unreachable),
                (.s3(S3Address(bucket: "other", key: "x"), expectedOwner: nil), .unreachable),
            ] {
                let failure = await #expect(throws: OriginFailure.self) { try await content(origins, origin, folder) }
                #expect(failure?.code == code, "\(String(describing: failure))")
            }
        }
    }

    @Test("A link cannot lead out of the folder, neither to read nor to write")
    func links() async throws {
        try await withFolder { folder in
            let inside = folder.appending("inside"), outside = folder.appending("outside")
            try Folders.create(inside)
            try Folders.create(outside)
            try DurableFile.write([1], to: outside.appending("secret"))
            try FileManager.default.createSymbolicLink(
                atPath: inside.appending("link").string, withDestinationPath: outside.string)
            let origins = try HostOrigins(settings: nil, folders: ["s3://bucket": inside], isOffline: true)
            func address(_ key: String) -> S3Address { S3Address(bucket: "bucket", key: key) }
            let read = await #expect(throws: OriginFailure.self) {
                try await content(origins, .s3(address("link/secret"), expectedOwner: nil), folder)
            }
            #expect(read?.code == .badAddress)
            for key in ["link/new", "link/further/new", "../outside/new"] {
                let write = await #expect(throws: OriginFailure.self) {
                    try await origins.store(outside.appending("secret"), at: address(key), expectedOwner: nil)
                }
                #expect(write?.code == .badAddress)
            }
            #expect(try Folders.names(in: outside) == ["secret"])
            #expect(try await origins.list(address(""), limit: 10, expectedOwner: nil).isEmpty)
        }
    }

    @Test("A folder that is not there, or stands for nothing, is said at once")
    func badMappings() {
        for mapping in ["s3://bucket": "/no/such/folder", "nonsense": "/tmp", "ftp://h/": "/tmp"] {
            #expect(throws: OriginFailure.self) {
                try HostOrigins(settings: nil, folders: [mapping.key: FilePath(mapping.value)])
            }
        }
    }
}
