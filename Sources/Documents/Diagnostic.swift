public import Failures

/// A place in a file; line and column count from 1.
public struct SourcePosition: Sendable, Equatable {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// One thing that is wrong in a document.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    public enum Severity: String, Sendable { case error, warning }
    public var severity: Severity
    public var position: SourcePosition
    /// What is wrong, what was expected and how to mend it.
    public var message: String

    /// `file:line:column: severity: message`, as compilers print it.
    public var description: String {
        "\(position.file):\(position.line):\(position.column): \(severity.rawValue): \(message)"
    }
}

/// Collects what is wrong, so that one run tells all of it.
public final class Diagnostics {
    public private(set) var all: [Diagnostic] = []

    public init() {}

    public var hasErrors: Bool { all.contains { $0.severity == .error } }

    public func error(_ position: SourcePosition, _ message: String) {
        add(Diagnostic(severity: .error, position: position, message: message))
    }

    public func warning(_ position: SourcePosition, _ message: String) {
        add(Diagnostic(severity: .warning, position: position, message: message))
    }

    func add(_ diagnostic: Diagnostic) {
        if !all.contains(diagnostic) { all.append(diagnostic) }
    }
}

public enum DocumentFailureCode: FailureCode {
    case invalid
    public var exitStatus: ExitStatus { .invalidDocument }
}

public typealias DocumentFailure = Failure<DocumentFailureCode>

/// The nearest of some names, where one is near enough to be a slip of the keys.
func suggestion(for name: String, among names: some Sequence<String>) -> String {
    let near = names.map { ($0, distance(name.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= max(2, name.count / 3) else { return "" }
    return "; did you mean \(near.0)?"
}

/// Levenshtein's.
private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let above = row[column + 1]
            row[column + 1] = min(above + 1, row[column] + 1, diagonal + (character == right[column] ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
