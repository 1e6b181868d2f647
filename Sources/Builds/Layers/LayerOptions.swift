/// Which finished components of earlier builds a build takes.
public struct LayerOptions: Sendable {
    /// False: none; what the build finishes takes the place of what is kept.
    public var usesKept: Bool
    /// The component, by its name or its number in the recipe, that runs again, with all that follow it.
    public var from: String?
    /// Says of each component why it runs or does not.
    public var explains: Bool

    public init(usesKept: Bool = true, from: String? = nil, explains: Bool = false) {
        self.usesKept = usesKept
        self.from = from
        self.explains = explains
    }
}
