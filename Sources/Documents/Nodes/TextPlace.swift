import Yams

/// A place in a text, as the parser counts: from 1, columns in Unicode scalars.
struct TextPlace: Hashable {
    let line: Int
    let column: Int
}

extension TextPlace {
    /// Where the parser found a node; it knows for all that it made itself.
    init(_ mark: Yams.Mark?) {
        self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
}

extension PositionMap {
    func position(_ place: TextPlace) -> SourcePosition {
        position(line: place.line, column: place.column)
    }
}
