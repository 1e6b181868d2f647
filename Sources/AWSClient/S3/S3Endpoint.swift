import Failures

/// Where requests about a bucket go: AWS's own hosts, or a server that speaks S3.
struct S3Endpoint: Sendable, Equatable {
    let service: ServiceEndpoint
    /// Whether the bucket stands in the path; in the host name otherwise.
    let style: Style

    enum Style: Sendable { case path, virtual, automatic }

    /// - Parameter region: in place of the settings' own.
    /// - Throws: `noRegion`, `badConfiguration`.
    init(settings: AWSSettings, region: String? = nil) throws(AWSFailure) {
        let wanted: Style =
            switch settings.s3AddressingStyle {
            case "path": .path
            case "virtual": .virtual
            default: .automatic
            }
        service = try ServiceEndpoint(.s3, region: region ?? settings.region, settings.endpoints)
        // Servers other than AWS rarely have a name for every bucket.
        let isAWS = settings.endpoints.override(for: .s3) == nil || service.host.contains(".amazonaws.com")
        style = wanted == .automatic && !isAWS ? .path : wanted
    }

    var scheme: String { service.scheme }
    var host: String { service.host }
    var region: String { service.region }
    var url: String { service.url }

    /// Host and percent-encoded path for a bucket and a key.
    func target(bucket: String, key: String?) -> (host: String, path: String) {
        let tail = key.map { "/" + PercentEncoding.path($0) } ?? ""
        // A certificate's "*" stands for one label only.
        let dotted = scheme == "https" && bucket.contains(".")
        if style == .path || (style == .automatic && dotted) {
            return (host, "\(service.basePath)/\(PercentEncoding.component(bucket))\(tail)")
        }
        return ("\(bucket).\(host)", tail.isEmpty ? "\(service.basePath)/" : service.basePath + tail)
    }
}
