/// A step's `loop`: the step's action runs once for each value (user guide, toe-looping-constructs).
///
/// The step's timeout covers all iterations, and an attempt begins with the first again.
public struct Loop: Sendable, Hashable {
    public enum Values: Sendable, Hashable {
        /// `start`, `start + step`, … as far as `end`, both included. The step is never 0 and leads to the end.
        case range(start: Int, end: Int, step: Int)
        case list([Interpolation])
        /// A text, evaluated when the step starts and then cut at each delimiter, which is one character.
        case delimited(Interpolation, delimiter: Character)
    }

    /// What expressions may call the loop besides `loop`.
    public let name: String?
    public let values: Values
    /// Of the key `loop`.
    public let position: SourcePosition

    /// The characters that may cut a list.
    public static let delimiters: [Character] = [".", ",", ";", ":", "\n", "\t", " ", "-", "_"]
    /// A range can name more values than memory holds; no build runs a step this often.
    public static let mostIterations = 1_000_000
    public static let defaultDelimiter: Character = ","
    /// What expressions call the loop of their step, whatever its name.
    public static let ownName = "loop"

    /// Every expression in it, in the order of the document.
    public var expressions: [ChainingExpression] {
        switch values {
        case .range: []
        case .list(let texts): texts.flatMap(\.expressions)
        case .delimited(let text, _): text.expressions
        }
    }

    /// The values of the iterations, in order. `lookup` is as for `Interpolation.evaluate`; no loop reference has a
    /// value here.
    public func evaluate<Problem: Error>(
        _ lookup: (ChainingExpression) throws(Problem) -> String?
    ) throws(Problem) -> [String] {
        switch values {
        case .range(let start, let end, let step):
            return stride(from: start, through: end, by: step).map(String.init)
        case .list(let texts):
            var result: [String] = []
            for text in texts { result.append(try text.evaluate(lookup)) }
            return result
        case .delimited(let text, let delimiter):
            // By scalars: a line that ends in CR LF is cut at its LF too.
            var pieces = try text.evaluate(lookup).unicodeScalars
                .split(omittingEmptySubsequences: false) { Character($0) == delimiter }
                .map { String($0) }
            // What a command printed ends with a line end, after which there is no value.
            if pieces.last?.isEmpty ?? false { pieces.removeLast() }
            return pieces
        }
    }
}
