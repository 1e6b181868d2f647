/// How long a finished component is kept for later builds.
public enum CachePolicy: Sendable, Hashable {
    /// As long as there is room, which is what a component gets that the settings do not name.
    case always
    /// It runs in every build, and so does what follows it.
    case never
    /// For so many seconds.
    case seconds(Int)

    private static let units: [(suffix: Character, seconds: Int)] = [
        ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800),
    ]
    private static let longest = 10 * 365 * 86_400

    /// "always", "never", "90s", "30m", "12h", "7d", "2w"; nil for anything else.
    init?(_ text: String) {
        switch text {
        case "always": self = .always
        case "never": self = .never
        default:
            guard let unit = Self.units.first(where: { text.hasSuffix("\($0.suffix)") }),
                let count = Int(text.dropLast()), count > 0, count <= Self.longest / unit.seconds
            else { return nil }
            self = .seconds(count * unit.seconds)
        }
    }
}

/// What `cache:` of the settings says.
public struct CacheSettings: Sendable, Hashable {
    /// What all layers of a home may take on the disk.
    public var maxSizeGiB = 20
    /// By component name.
    public var components: [String: CachePolicy] = [:]

    /// Bytes.
    public var maxSize: Int64 { Int64(maxSizeGiB) << 30 }

    public init() {}

    public func policy(for component: String) -> CachePolicy { components[component] ?? .always }

    /// nil: as long as there is room.
    public func limit(for component: String) -> Duration? {
        guard case .seconds(let seconds) = policy(for: component) else { return nil }
        return .seconds(seconds)
    }
}
