/// The operating systems Image Builder knows, spelled as its documents spell them.
public enum Platform: String, Sendable, Hashable, CaseIterable {
    case linux = "Linux"
    case windows = "Windows"
    case macOS
}
