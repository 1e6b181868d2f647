import Failures
import Foundation
import SystemPackage

/// How the network is reached, for every client alike.
struct NetworkSettings: Sendable {
    /// Certificates (PEM) that TLS servers are checked against instead of the system's.
    var certificates: FilePath?
    var proxies = ProxySettings()
}

/// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, also in lower case, which is stronger, as curl and the AWS CLI have it.
struct ProxySettings: Sendable {
    private(set) var https: Proxy?
    private(set) var http: Proxy?
    private var exceptions: [String] = []

    /// An HTTP proxy, asked to CONNECT.
    struct Proxy: Sendable, Equatable {
        let host: String
        let port: Int
        /// "name:password"
        let password: Secret?

        var key: String { "\(host):\(port)" }
    }

    init() {}

    /// - Throws: `badConfiguration` where a proxy is no http:// URL; it is named without its password.
    init(_ environment: [String: String]) throws(AWSFailure) {
        https = try Self.parse("HTTPS_PROXY", environment)
        // A CGI script gets HTTP_PROXY from whoever sends it a header Proxy:; the lower-case name is safe.
        http = try Self.parse("HTTP_PROXY", environment)
        exceptions = (environment.nonEmpty("no_proxy") ?? environment.nonEmpty("NO_PROXY") ?? "")
            .split(separator: ",").map { $0.trimmed.lowercased() }
    }

    /// The proxy to use for a URL, nil for none.
    func proxy(for url: String) -> Proxy? {
        guard let url = URL(string: url), let host = url.host?.lowercased() else { return nil }
        let isExempt = exceptions.contains { exception in
            // "host", "host:port", ".domain" and "domain", which stands for all below it; "*" for every host.
            let parts = exception.split(separator: ":", maxSplits: 1)
            let name = parts.first.map { $0.hasPrefix(".") ? $0.dropFirst() : $0 } ?? ""
            let implied = url.scheme == "https" ? 443 : 80
            if parts.count == 2, !exception.hasPrefix("["), Int(parts[1]) != url.port ?? implied { return false }
            return name == "*" || host == name || (!name.isEmpty && host.hasSuffix(".\(name)"))
        }
        return isExempt ? nil : url.scheme == "https" ? https : http
    }

    private static func parse(_ variable: String, _ environment: [String: String]) throws(AWSFailure) -> Proxy? {
        guard let text = environment.nonEmpty(variable.lowercased()) ?? environment.nonEmpty(variable) else {
            return nil
        }
        let whole = text.contains("://") ? text : "http://\(text)"
        guard let url = URL(string: whole), url.scheme?.lowercased() == "http", let host = url.host, !host.isEmpty
        else {
            throw AWSFailure(
                .badConfiguration, "\(variable) is not the URL of an HTTP proxy",
                hint: "for example http://proxy.example:3128")
        }
        let word = url.user.map { "\($0):\(url.password ?? "")" }
        return Proxy(host: host, port: url.port ?? 80, password: word.map { Secret($0.removingPercentEncoding ?? $0) })
    }
}
