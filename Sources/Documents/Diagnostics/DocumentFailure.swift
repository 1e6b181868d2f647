public import Failures

/// A document set cannot be used: every problem found in it, errors and warnings, in the order of the files' lines.
public struct DocumentFailure: ReportableError {
    public let diagnostics: [Diagnostic]

    public init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// One line a diagnostic.
    public var message: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }

    /// Each diagnostic carries its own.
    public var hint: String? { nil }

    public var exitStatus: ExitStatus { .invalidDocument }

    /// How much is wrong, for the line after the diagnostics: `2 errors, 1 warning`.
    public var summary: String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        var parts: [String] = []
        if errors > 0 { parts.append(errors == 1 ? "1 error" : "\(errors) errors") }
        if warnings > 0 { parts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
        return parts.joined(separator: ", ")
    }
}
