public import Failures
public import SystemPackage

/// Which key, region, servers and proxies to use, gathered as the AWS CLI does: what is said on the command line, then the
/// environment, then the profile.
public struct AWSSettings: Sendable {
    public let region: String?
    public let credentials: [any CredentialSource]
    /// Certificates (PEM) that TLS servers are checked against instead of the system's.
    public var certificates: FilePath? { network.certificates }
    let network: NetworkSettings
    private let endpoint: String?
    private let environment: [String: String]
    private let profile: Profile

    /// What the command line said.
    public struct Flags: Sendable {
        public var accessKeyID: String?
        public var secretAccessKey: Secret?
        public var sessionToken: Secret?
        public var profile: String?
        public var region: String?
        /// "http://127.0.0.1:9000"
        public var endpoint: String?

        public init(
            accessKeyID: String? = nil, secretAccessKey: Secret? = nil, sessionToken: Secret? = nil,
            profile: String? = nil, region: String? = nil, endpoint: String? = nil
        ) {
            self.accessKeyID = accessKeyID
            self.secretAccessKey = secretAccessKey
            self.sessionToken = sessionToken
            self.profile = profile
            self.region = region
            self.endpoint = endpoint
        }
    }

    /// - Throws: `badCredentials` where a profile was asked for and is not there, or half a key was given.
    public init(flags: Flags = Flags(), environment: [String: String]) throws(AWSFailure) {
        let files = try ProfileFiles(environment)
        let asked =
            flags.profile ?? environment.nonEmpty("AWS_PROFILE") ?? environment.nonEmpty("AWS_DEFAULT_PROFILE")
        let profile = try files.profile(asked ?? "default", isAsked: asked != nil)
        var sources: [any CredentialSource] = []
        switch (flags.accessKeyID, flags.secretAccessKey) {
        case (let key?, let secret?):
            sources.append(
                FixedCredentials(
                    AWSCredentials(
                        accessKeyID: key, secretAccessKey: secret, sessionToken: flags.sessionToken,
                        source: "the command line")))
        case (nil, nil): break
        default:
            throw AWSFailure(.badCredentials, "the command line gives one half of a key: both are needed")
        }
        region =
            flags.region ?? environment.nonEmpty("AWS_REGION") ?? environment.nonEmpty("AWS_DEFAULT_REGION")
            ?? profile["region"]
        network = NetworkSettings(
            certificates: (environment.nonEmpty("AWS_CA_BUNDLE") ?? profile["ca_bundle"]).map { FilePath($0) },
            proxies: try ProxySettings(environment))
        let search = CredentialNetwork(
            network, region: region, stsEndpoint: Self.endpoint(of: .sts, environment, profile))
        // As in the AWS CLI: a profile named in so many words is stronger than keys in the environment.
        if flags.profile == nil {
            sources.append(EnvironmentCredentials(environment))
            if profile["role_arn"] == nil, let source = WebIdentityCredentials(environment, search) {
                sources.append(source)
            }
        }
        sources.append(ProfileCredentials(profile, files, environment, search))
        sources.append(ContainerCredentials(environment, search))
        sources.append(InstanceCredentials(environment, search))
        credentials = sources
        endpoint = flags.endpoint
        self.environment = environment
        self.profile = profile
    }

    /// The URL to use for a service in place of AWS's own; nil where AWS is meant.
    ///
    /// In the AWS CLI's order: the flag; AWS_ENDPOINT_URL_EC2 and its like; AWS_ENDPOINT_URL; the services section that the
    /// profile names; `endpoint_url` of the profile. All but the flag count for nothing where
    /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or `ignore_configured_endpoint_urls` of the profile, is true.
    func endpointOverride(for service: AWSService) -> String? {
        endpoint ?? Self.endpoint(of: service, environment, profile)
    }

    /// Without the flag, which is not meant for a service that is only asked for credentials.
    static func endpoint(of service: AWSService, _ environment: [String: String], _ profile: Profile) -> String? {
        let ignored =
            environment.nonEmpty("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? profile["ignore_configured_endpoint_urls"]
        if ignored?.lowercased() == "true" { return nil }
        return environment.nonEmpty(service.endpointVariable) ?? environment.nonEmpty("AWS_ENDPOINT_URL")
            ?? profile.nestedEndpoint(of: service.rawValue) ?? profile["endpoint_url"]
    }

    /// `s3.addressing_style` of the profile: path, virtual or auto.
    var s3AddressingStyle: String? { profile["s3.addressing_style"] }
}
