import Failures
import HostSystem
import LocalMoto
import LocalS3
import SystemPackage
import Testing

@testable import AWSClient

/// Through a proxy that is not ours, to a server that is reached through it.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled), .timeLimit(.minutes(5))) struct ProxyTests {
    /// Takes CONNECT with a name and a password, and writes a line for each.
    private static let script = """
        import base64, http.server, select, socket, socketserver, sys
        class Proxy(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self):
                word = self.headers.get("Proxy-Authorization", "")
                if word != "Basic " + base64.b64encode(b"me:word").decode():
                    self.send_response(407); self.send_header("Content-Length", "0"); self.end_headers(); return
                open(sys.argv[2], "a").write(self.path + "\\n")
                host, port = self.path.rsplit(":", 1)
                far = socket.create_connection((host, int(port)))
                self.send_response(200); self.end_headers()
                ends = {self.connection: far, far: self.connection}
                while True:
                    for end in select.select(list(ends), [], [])[0]:
                        data = end.recv(65536)
                        if not data: return
                        ends[end].sendall(data)
            def log_message(self, *_): pass
        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer): daemon_threads = True
        Server(("127.0.0.1", int(sys.argv[1])), Proxy).serve_forever()
        """

    @Test("Requests go through the proxy with its name and password, and past it where NO_PROXY says so")
    func connect() async throws {
        let server = try await LocalMoto.shared()
        let port = try LeashedServer.freePorts(1)[0]
        let folder = FilePath("/tmp/kiln-proxy-\(port)-\(UInt32.random(in: 0 ..< .max))")
        try Folders.create(folder)
        let log = folder.appending("seen")
        let proxy = try LeashedServer(
            HostCommand.locate("python3") ?? "python3", ["-c", Self.script, "\(port)", log.string], folder: folder)
        defer { proxy.stop() }
        let account: @Sendable ([String: String]) async throws -> String = { more in
            let environment = server.environment.merging(more) { $1 }
            return try await AWSSession.with(
                AWSSettings(environment: environment),
                retry: RetryPolicy(attempts: 20, connectAttempts: 20, longest: .milliseconds(500))
            ) { aws in try await aws.sts().callerIdentity().account }
        }
        let through = ["HTTP_PROXY": "http://me:word@127.0.0.1:\(port)"]
        #expect(try await account(through) == LocalMoto.account)
        let seen = String(decoding: try Folders.read(log), as: UTF8.self)
        #expect(seen == "127.0.0.1:\(server.port)\n")
        #expect(try await account(through.merging(["NO_PROXY": "127.0.0.1"]) { $1 }) == LocalMoto.account)
        #expect(String(decoding: try Folders.read(log), as: UTF8.self) == seen)
        let wrong = ["HTTP_PROXY": "http://me:topsecret@127.0.0.1:\(port)"]
        let error = await #expect(throws: AWSFailure.self) {
            try await AWSSession.with(
                AWSSettings(environment: server.environment.merging(wrong) { $1 }), retry: RetryPolicy(attempts: 3)
            ) { aws in try await aws.sts().callerIdentity() }
        }
        #expect(error?.code == .badConfiguration)
        #expect(error?.message.contains("proxy") == true)
        #expect(error.map { "\($0)\(String(reflecting: $0))".contains("topsecret") } == false)
    }
}
