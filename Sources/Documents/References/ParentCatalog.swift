/// Which local image stands for which parent reference: `images/catalog.yaml`, and `parents` of the settings.
///
/// The file is a list under `images`:
///
///     images:
///       - image: debian-12
///         references:
///           - arn:aws:imagebuilder:*:aws:image/debian-12-x86/x.x.x
///           - ssm:/aws/service/debian/release/12/latest/amd64
public struct ParentCatalog: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        /// The name of a local image.
        public let image: String
        public let patterns: [ParentPattern]

        public init(image: String, patterns: [ParentPattern]) {
            self.image = image
            self.patterns = patterns
        }
    }

    public let entries: [Entry]

    public init(entries: [Entry]) {
        self.entries = entries
    }

    /// The name of the local image for a reference: the first entry that names it. A plain name stands for itself, if
    /// an entry has that image.
    public func image(for reference: ParentReference) -> String? {
        if let entry = entries.first(where: { $0.patterns.contains { $0.matches(reference) } }) { return entry.image }
        guard case .name(let name) = reference else { return nil }
        return entries.contains { $0.image == name } ? name : nil
    }

    /// This catalog, and where it knows nothing, the other.
    public func followed(by other: ParentCatalog) -> ParentCatalog {
        ParentCatalog(entries: entries + other.entries)
    }

    /// That no local image stands for a parent, with what the catalog does know.
    public func missing(_ parent: Positioned<ParentReference>) -> Diagnostic {
        var names: [String] = []
        for entry in entries where !names.contains(entry.image) { names.append(entry.image) }
        let known = names.isEmpty ? "none is known" : "known are \(names.joined(separator: ", "))"
        var hint = "kiln image ls; kiln image import NAME disk.qcow2"
        if let near = Suggestion.nearest(to: parent.value.description, in: names) {
            hint = "did you mean '\(near)'? " + hint
        }
        return Diagnostic(
            .error, at: parent.position, "no local image stands for the parent '\(parent.value)': \(known)", hint: hint)
    }

    /// That a parent stands for a local image which is not there.
    public func missing(_ parent: Positioned<ParentReference>, image: String) -> Diagnostic {
        Diagnostic(
            .error, at: parent.position,
            "the parent '\(parent.value)' stands for the image '\(image)', which is not here",
            hint: "kiln image ls; kiln image import \(image) disk.qcow2")
    }
}
