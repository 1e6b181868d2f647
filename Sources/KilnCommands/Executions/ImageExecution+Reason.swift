import Foundation

extension ImageExecution {
    /// The error of a build that has not begun: what is wrong with its documents, else what `kiln` says last.
    static func reason(_ lines: [String]) -> String? {
        let problems = lines.filter { $0.contains(": error: ") }.suffix(3).map { line in
            // Where the documents are written is no news to who asked for the build.
            line.range(of: "/documents/").map { String(line[$0.upperBound...]) } ?? line
        }
        guard problems.isEmpty else { return problems.joined(separator: "; ") }
        let told = lines.last { !$0.hasPrefix("  try: ") && !$0.contains(": warning: ") && !$0.isEmpty }
        return told.map { $0.hasPrefix("kiln: ") ? String($0.dropFirst(6)) : $0 }
    }
}
