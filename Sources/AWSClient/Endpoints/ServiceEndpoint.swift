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
    ///   - region: nil where none is set, which only a server other than AWS's does with.
    /// - Throws: `noRegion`, `badConfiguration`.
    init(_ service: AWSService, region: String?, _ settings: EndpointSettings = .init()) throws(AWSFailure) {
        let variant = settings.variant(of: service)
        if let override = settings.override(for: service) {
            try Self.checkCombination(variant, service)
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
        host = try Self.host(of: service, in: region, variant)
        basePath = ""
    }

    var url: String { "\(scheme)://\(host)\(basePath)" }

    /// AWS's own, as botocore's endpoint rule sets name them.
    private static func host(
        of service: AWSService, in region: String, _ variant: EndpointVariant
    ) throws(AWSFailure) -> String {
        let partition = AWSPartition(region: region)
        guard service != .s3 else {
            guard !variant.isFIPS || partition.name != "aws-cn" else {
                throw AWSFailure(.badConfiguration, "S3 has no FIPS endpoint in \(region)", hint: unset(.fips))
            }
            let name = (variant.isFIPS ? "s3-fips" : "s3") + (variant.isDualStack ? ".dualstack" : "")
            return "\(name).\(region).\(partition.dnsSuffix)"
        }
        // Most of GovCloud's ordinary hosts are those of FIPS.
        let isOrdinary = partition.name == "aws-us-gov" && service != .ebs && !variant.isDualStack
        let name = variant.isFIPS && !isOrdinary ? "\(service.label)-fips" : service.label
        return "\(name).\(region).\(variant.isDualStack ? partition.dualStackSuffix : partition.dnsSuffix)"
    }

    private enum Setting: String {
        case fips = "AWS_USE_FIPS_ENDPOINT or use_fips_endpoint"
        case dualStack = "AWS_USE_DUALSTACK_ENDPOINT or use_dualstack_endpoint"
    }

    private static func unset(_ setting: Setting) -> String { "unset \(setting.rawValue) of the profile" }

    /// What a server of somebody's own is, no setting can promise: the AWS CLI refuses both together too.
    private static func checkCombination(_ variant: EndpointVariant, _ service: AWSService) throws(AWSFailure) {
        guard variant.isFIPS || variant.isDualStack else { return }
        throw AWSFailure(
            .badConfiguration,
            "\(service.title) has an endpoint of its own, and AWS's \(variant.isFIPS ? "FIPS" : "dual-stack") endpoint is asked for",
            hint: unset(variant.isFIPS ? .fips : .dualStack) + ", or the endpoint")
    }

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
