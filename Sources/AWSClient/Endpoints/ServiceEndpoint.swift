import Failures

/// Where the requests to a service in a region go: AWS's own host, or a server that speaks its protocol.
struct ServiceEndpoint: Sendable, Equatable {
    let scheme: String
    /// With the port where it is not the scheme's own.
    let host: String
    /// Without a slash at its end.
    let basePath: String
    let region: String

    /// - Parameters:
    ///   - region: in place of the settings' own.
    ///   - override: the URL to use, nil for AWS's own.
    /// - Throws: `noRegion`, `badConfiguration`.
    init(_ service: AWSService, region: String?, override: String?) throws(AWSFailure) {
        if let override {
            (scheme, host, basePath) = try Self.parse(override, service)
            // Servers other than AWS take any.
            self.region = region ?? "us-east-1"
            return
        }
        guard let region else {
            throw AWSFailure(
                .noRegion, "no AWS region is set", hint: "--region, AWS_REGION, or `region` of the profile")
        }
        // It becomes a part of a host name, and a key is sent there.
        guard region.utf8.allSatisfy({ $0 == 45 || (48...57).contains($0) || (97...122).contains($0) }), !region.isEmpty
        else {
            throw AWSFailure(
                .badConfiguration, "\"\(region)\" is no AWS region", hint: "they look like eu-central-1")
        }
        self.region = region
        scheme = "https"
        host = "\(service.rawValue).\(region).\(AWSPartition(region: region).dnsSuffix)"
        basePath = ""
    }

    var url: String { "\(scheme)://\(host)\(basePath)" }

    /// Takes apart "http://127.0.0.1:8333/base/".
    static func parse(_ url: String, _ service: AWSService) throws(AWSFailure)
        -> (scheme: String, host: String, basePath: String)
    {
        for scheme in ["http", "https"] where url.lowercased().hasPrefix("\(scheme)://") {
            let rest = url.dropFirst(scheme.count + 3)
            let host = rest.prefix { $0 != "/" }
            var path = rest.dropFirst(host.count)
            while path.hasSuffix("/") { path = path.dropLast() }
            guard !host.isEmpty, !host.contains("@"), !host.contains("?"), !path.contains("?") else { break }
            // The port that the scheme implies is not sent in Host, and so must not be signed.
            let implied = scheme == "http" ? ":80" : ":443"
            let name = host.hasSuffix(implied) ? host.dropLast(implied.count) : host
            return (scheme, String(name), String(path))
        }
        // A name and password before "@", and whatever a query holds, are not shown.
        let shown = url.split(separator: "@").last.map { $0.prefix { $0 != "?" } } ?? ""
        throw AWSFailure(
            .badConfiguration,
            "the endpoint \"\(shown)\" for \(service.title) is not an http:// or https:// URL with a host only",
            hint: "for example http://127.0.0.1:8333")
    }
}
