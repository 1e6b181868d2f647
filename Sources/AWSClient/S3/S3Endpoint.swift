import Failures

/// Where requests about a bucket go: AWS's own hosts, or a server that speaks S3.
struct S3Endpoint: Sendable, Equatable {
    let scheme: String
    /// With the port where it is not the scheme's own.
    let host: String
    let basePath: String
    /// Whether the bucket stands in the path; in the host name otherwise.
    let style: Style
    let region: String

    enum Style: Sendable { case path, virtual, automatic }

    /// - Throws: `noRegion`, `badConfiguration`.
    init(settings: AWSSettings) throws(AWSFailure) {
        let wanted: Style =
            switch settings.s3AddressingStyle {
            case "path": .path
            case "virtual": .virtual
            default: .automatic
            }
        if let override = settings.endpointOverride(for: "s3") {
            (scheme, host, basePath) = try Self.parse(override)
            // Servers other than AWS rarely have a name for every bucket.
            style = wanted == .automatic && !host.contains(".amazonaws.com") ? .path : wanted
            region = settings.region ?? "us-east-1"
            return
        }
        guard let region = settings.region else {
            throw AWSFailure(
                .noRegion, "no AWS region is set", hint: "--region, AWS_REGION, or `region` of the profile")
        }
        self.region = region
        scheme = "https"
        host = "s3.\(region).\(Self.domain(of: region))"
        basePath = ""
        style = wanted
    }

    var url: String { "\(scheme)://\(host)\(basePath)" }

    /// Host and percent-encoded path for a bucket and a key.
    func target(bucket: String, key: String?) -> (host: String, path: String) {
        let tail = key.map { "/" + PercentEncoding.path($0) } ?? ""
        // A certificate's "*" stands for one label only.
        let dotted = scheme == "https" && bucket.contains(".")
        if style == .path || (style == .automatic && dotted) {
            return (host, "\(basePath)/\(PercentEncoding.component(bucket))\(tail)")
        }
        return ("\(bucket).\(host)", tail.isEmpty ? "\(basePath)/" : basePath + tail)
    }

    private static func domain(of region: String) -> String {
        for (prefix, domain) in [
            ("cn-", "amazonaws.com.cn"), ("us-isob-", "sc2s.sgov.gov"), ("us-iso-", "c2s.ic.gov"),
            ("eusc-", "amazonaws.eu"),
        ] where region.hasPrefix(prefix) { return domain }
        return "amazonaws.com"
    }

    private static func parse(_ url: String) throws(AWSFailure) -> (scheme: String, host: String, basePath: String) {
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
            .badConfiguration, "the S3 endpoint \"\(shown)\" is not an http:// or https:// URL with a host only",
            hint: "for example http://127.0.0.1:8333")
    }
}
