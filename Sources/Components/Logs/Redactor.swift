/// Replaces secret values in a stream of bytes, also where a value is split over two reads.
///
/// The longest secret decides how many bytes are held back at the end of a piece: a value that has begun there may go on
/// in the next. `finish()` gives what is still held.
public struct Redactor: Sendable {
    static let replacement = Array("***".utf8)

    /// Longest first, so that a secret which contains another is replaced whole.
    private let secrets: [[UInt8]]
    private var held: [UInt8] = []

    /// - Parameter secrets: values to hide; empty ones are passed over, for they would match everywhere.
    public init(secrets: some Sequence<String>) {
        self.secrets = Set(secrets.map { Array($0.utf8) }).filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    }

    /// The bytes that can be shown now.
    public mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
        secrets.isEmpty ? bytes : scan(held + bytes, moreMayCome: true)
    }

    /// What was held back: the beginning of a secret that never went on.
    public mutating func finish() -> [UInt8] {
        scan(held, moreMayCome: false)
    }

    private mutating func scan(_ input: [UInt8], moreMayCome: Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        scan: while index < input.count {
            for secret in secrets where secret[0] == input[index] {
                let available = min(secret.count, input.count - index)
                guard input[index..<index + available].elementsEqual(secret[..<available]) else { continue }
                if available == secret.count {
                    output += Self.replacement
                    index += secret.count
                    continue scan
                }
                if moreMayCome { break scan }
            }
            output.append(input[index])
            index += 1
        }
        held = Array(input[index...])
        return output
    }

    /// A whole text at once, for messages.
    public static func redact(_ text: String, secrets: some Sequence<String>) -> String {
        var redactor = Redactor(secrets: secrets)
        let shown = redactor.feed(Array(text.utf8))
        return String(decoding: shown + redactor.finish(), as: UTF8.self)
    }
}
