/// Which finished components of earlier builds a build takes.
public struct LayerOptions: Sendable {
    /// False: none; what the build finishes takes the place of what is kept.
    public var usesKept: Bool
    /// The component, by its name or its number in the recipe, that runs again, with all that follow it.
    public var from: String?
    /// Says of each component why it runs or does not.
    public var explains: Bool

    /// False: each guest boots, and no booted guest is kept.
    public var keepsBoots: Bool

    public init(usesKept: Bool = true, from: String? = nil, explains: Bool = false, keepsBoots: Bool = true) {
        self.usesKept = usesKept
        self.keepsBoots = keepsBoots
        self.from = from
        self.explains = explains
    }
}
