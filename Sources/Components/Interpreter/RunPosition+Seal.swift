public import Foundation

extension RunPosition {
    /// The position as JSON in which every secret is replaced by its number, to be kept in a file.
    ///
    /// - Parameter secrets: the same set that opens it again.
    public func sealed(_ secrets: some Sequence<String>) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(mapping(Self.marks(secrets)))
    }

    /// - Throws: `DecodingError` for what is no position.
    public static func opened(_ data: Data, _ secrets: some Sequence<String>) throws -> RunPosition {
        let marks = Self.marks(secrets).map { (text: $0.mark, mark: $0.text) }
        return try JSONDecoder().decode(RunPosition.self, from: data).mapping(marks)
    }

    /// Longest first, so that a secret which contains another is replaced whole. Private-use characters around the number: no
    /// program's output has them.
    private static func marks(_ secrets: some Sequence<String>) -> [(text: String, mark: String)] {
        Set(secrets).filter { !$0.isEmpty }.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }.enumerated()
            .map { ($1, "\u{F8F1}\($0)\u{F8F2}") }
    }

    private func mapping(_ marks: [(text: String, mark: String)]) -> RunPosition {
        guard !marks.isEmpty else { return self }
        func change(_ text: String) -> String {
            marks.reduce(text) { $0.replacing($1.text, with: $1.mark) }
        }
        func change(_ outputs: StepOutputs) -> StepOutputs {
            StepOutputs(outputs.entries.map { $0.mapValues(change) })
        }
        var position = self
        position.frames = frames.map { frame in
            var frame = frame
            frame.parameters = frame.parameters.mapValues(change)
            frame.source = change(frame.source)
            frame.outputs = frame.outputs.mapValues(change)
            if var progress = frame.progress {
                progress.values = progress.values.map { $0.map(change) }
                progress.outputs = progress.outputs.map(change)
                frame.progress = progress
            }
            return frame
        }
        return position
    }
}
