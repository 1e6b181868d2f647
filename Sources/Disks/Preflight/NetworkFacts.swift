/// How the network of a system is configured.
public struct NetworkFacts: Sendable, Codable, Equatable {
    /// Whether NetworkManager runs, which asks for DHCP on all that nobody else configures.
    public var hasNetworkManager: Bool
    public var settings: [NetworkSetting]

    public init(hasNetworkManager: Bool, settings: [NetworkSetting]) {
        self.hasNetworkManager = hasNetworkManager
        self.settings = settings
    }
}

/// What one configuration file says of one kind of wired interface.
public struct NetworkSetting: Sendable, Codable, Equatable {
    public var file: String
    /// nil: any.
    public var interface: String?
    public var usesDHCP: Bool
    /// Has an address written down.
    public var isStatic: Bool
    /// The one card that it is for.
    public var hardwareAddress: String?

    public init(
        file: String, interface: String? = nil, usesDHCP: Bool = false, isStatic: Bool = false,
        hardwareAddress: String? = nil
    ) {
        self.file = file
        self.interface = interface
        self.usesDHCP = usesDHCP
        self.isStatic = isStatic
        self.hardwareAddress = hardwareAddress
    }

    /// Whether cloud-init has written it: on a new instance it writes another.
    var isGenerated: Bool { file.contains("cloud-init") }

    /// A pattern, as *, en*, or e?, is any name that an interface may have.
    static func name(_ text: String?) -> String? {
        guard let text, !text.isEmpty, !text.contains(where: { "*?[!/".contains($0) }) else { return nil }
        return text
    }
}
