import Failures
import NIOCore
import NIOSSL
public import SystemPackage

/// Where and how the API is served.
public struct ServerOptions: Sendable {
    public var host: String
    /// 0: any that is free.
    public var port: Int
    public var certificate: FilePath?
    public var privateKey: FilePath?

    /// No request of the service is larger: its documents and policies have 64 KB at most.
    public static let bodyLimit = 512 << 10
    /// So much of a larger one is read, for the client to hear that it is too large.
    static let patience = 8 << 20
    /// A body is read before it is known who sends it; this many of them are no burden.
    public static let connectionLimit = 256
    /// Also for a client that sends nothing, or byte by byte.
    static let idleLimit = TimeAmount.seconds(60)
    /// How long requests under way have when the server ends.
    static let grace = Duration.seconds(5)

    public init(
        host: String = "127.0.0.1", port: Int = 0, certificate: FilePath? = nil, privateKey: FilePath? = nil
    ) {
        self.host = host
        self.port = port
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        if host == "localhost" { return true }
        guard let address = (try? SocketAddress(ipAddress: host, port: 0))?.ipAddress else { return false }
        return address == "::1" || (address.hasPrefix("127.") && !address.contains(":"))
    }

    /// The TLS that is asked for, or none on loopback.
    func tls() throws(APIFailure) -> TLSConfiguration? {
        guard let certificate, let privateKey else {
            guard certificate == nil, privateKey == nil else {
                throw APIFailure(
                    .badCertificate, "a certificate needs its key, and a key its certificate",
                    hint: "give both --tls-cert and --tls-key")
            }
            guard isLoopback else {
                throw APIFailure(
                    .needsTLS, "\(host) can be reached by others, and without TLS they could read what is sent",
                    hint: "give --tls-cert and --tls-key, or serve on 127.0.0.1")
            }
            return nil
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.string)
            guard !chain.isEmpty else {
                throw APIFailure(.badCertificate, "there is no certificate in \(certificate)", hint: "give a PEM file")
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: privateKey.string, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            return configuration
        } catch let failure as APIFailure {
            throw failure
        } catch {
            throw APIFailure(
                .badCertificate, "cannot use \(certificate) with \(privateKey)",
                hint: "both are PEM files, the key without a passphrase", cause: error)
        }
    }
}
