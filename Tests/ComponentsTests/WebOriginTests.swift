import AWSClient
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Components
@testable import Origins

/// Lends a folder, and removes it.
func withFolder(_ body: (FilePath) async throws -> Void) async throws {
    let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    try await body(folder)
}

@Suite(.serialized) struct WebOriginTests {
    private func origins(certificates: FilePath? = nil) throws -> HostOrigins {
        try HostOrigins(
            settings: nil, certificates: certificates,
            retry: RetryPolicy(attempts: 5, connectAttempts: 5, base: .milliseconds(1)))
    }

    private func fails(_ url: String, _ code: OriginFailureCode, _ file: FilePath, insecure: Bool = false) async throws
    {
        let failure = await #expect(throws: OriginFailure.self) {
            try await self.origins().fetch(.web(url, ignoringCertificateErrors: insecure), to: file)
        }
        #expect(failure?.code == code, "\(String(describing: failure))")
        #expect(!Folders.exists(file))
    }

    @Test("Files are fetched over redirects, busy servers and cut connections", .timeLimit(.minutes(2)))
    func fetches() async throws {
        try await withFolder { folder in
            try await TestWebServer.with { server in
                for path in ["/dir/file.txt", "/moved", "/busy", "/cut", "/a%20b.txt"] {
                    let file = folder.appending(UUID().uuidString)
                    try await origins().fetch(.web(server.base + path, ignoringCertificateErrors: false), to: file)
                    #expect(try Folders.read(file) == TestWebServer.content)
                }
                #expect(server.asked("/busy") == 3 && server.asked("/cut") == 2)
                let large = folder.appending("large")
                try await origins().fetch(.web(server.base + "/large", ignoringCertificateErrors: false), to: large)
                #expect(try Folders.read(large).count == TestWebServer.large)
            }
        }
    }

    @Test("Every answer but 200 is an error, tried again only where that may help", .timeLimit(.minutes(2)))
    func refuses() async throws {
        try await withFolder { folder in
            let file = folder.appending("none")
            var port = 0
            try await TestWebServer.with { server in
                port = server.port
                try await fails(server.base + "/none", .notFound, file)
                try await fails(server.base + "/secret", .denied, file)
                try await fails(server.base + "/partial", .refused, file)
                try await fails(server.base + "/broken", .refused, file)
                try await fails(server.base + "/circle", .unreachable, file)
                #expect(server.asked("/none") == 1 && server.asked("/broken") == 5)
            }
            try await fails("http://127.0.0.1:\(port)/gone", .unreachable, file)
            try await fails("ftp://h/x", .badAddress, file)
        }
    }

    @Test("A certificate that nobody vouches for is refused, unless it is to be ignored", .timeLimit(.minutes(2)))
    func certificates() async throws {
        try await withFolder { folder in
            let (certificate, key) = (folder.appending("c.pem"), folder.appending("k.pem"))
            try await HostCommand(
                "openssl",
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key.string, "-out", certificate.string,
                ]
            ).run()
            try await TestWebServer.with(tls: (certificate.string, key.string)) { server in
                let url = "https://127.0.0.1:\(server.port)/dir/file.txt"
                try await fails(url, .unreachable, folder.appending("none"))
                try await origins().fetch(.web(url, ignoringCertificateErrors: true), to: folder.appending("ignored"))
                try await origins(certificates: certificate)
                    .fetch(.web(url, ignoringCertificateErrors: false), to: folder.appending("trusted"))
                #expect(try Folders.read(folder.appending("trusted")) == TestWebServer.content)
            }
        }
    }
}
