/// Which servers are meant, as the AWS CLI reads it from the environment and the profile.
struct EndpointSettings: Sendable {
    /// What the command line said, for every service.
    var flag: String?
    let environment: [String: String]
    /// Nil where no files were read.
    let profile: Profile?

    init(flag: String? = nil, environment: [String: String] = [:], profile: Profile? = nil) {
        self.flag = flag
        self.environment = environment
        self.profile = profile
    }

    /// The same without the flag, which is not meant for a service that is only asked for credentials.
    var withoutFlag: EndpointSettings { EndpointSettings(environment: environment, profile: profile) }

    /// The URL to use for a service in place of AWS's own; nil where AWS is meant.
    ///
    /// In the AWS CLI's order: the flag; AWS_ENDPOINT_URL_EC2 and its like; AWS_ENDPOINT_URL; the services section that the
    /// profile names; `endpoint_url` of the profile. All but the flag count for nothing where
    /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or `ignore_configured_endpoint_urls` of the profile, is true.
    func override(for service: AWSService) -> String? {
        if let flag { return flag }
        if isTrue("ignore_configured_endpoint_urls") { return nil }
        return environment.nonEmpty(service.endpointVariable) ?? environment.nonEmpty("AWS_ENDPOINT_URL")
            ?? profile?.nestedEndpoint(of: service.rawValue) ?? profile?["endpoint_url"]
    }

    /// Which of AWS's own hosts: AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, else the profile's.
    func variant(of service: AWSService) -> EndpointVariant {
        let s3 = service == .s3 && profile?["s3.use_dualstack_endpoint"]?.lowercased() == "true"
        return EndpointVariant(
            isFIPS: isTrue("use_fips_endpoint"), isDualStack: isTrue("use_dualstack_endpoint") || s3)
    }

    /// A setting of the profile, before which its variable comes.
    private func isTrue(_ setting: String) -> Bool {
        let text = environment.nonEmpty("AWS_\(setting.uppercased())") ?? profile?[setting]
        return text?.lowercased() == "true"
    }
}

/// Which of a service's hosts in a region.
struct EndpointVariant: Sendable, Equatable {
    /// One whose cryptography is validated by FIPS 140.
    var isFIPS = false
    /// One that is reached by IPv6 too.
    var isDualStack = false
}
