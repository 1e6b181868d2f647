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
    let endpoints: EndpointSettings
    /// `s3.addressing_style` of the profile: path, virtual or auto.
    let s3AddressingStyle: String?

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
        endpoints = EndpointSettings(flag: flags.endpoint, environment: environment, profile: profile)
        let search = CredentialNetwork(network, region: region, endpoints: endpoints.withoutFlag)
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
        s3AddressingStyle = profile["s3.addressing_style"]
    }
}
