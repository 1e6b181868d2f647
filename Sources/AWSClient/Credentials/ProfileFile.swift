/// The text of `~/.aws/config` or `~/.aws/credentials`, taken apart.
///
/// The format is the one of the AWS CLI: sections in brackets, `key = value`, comments on lines of their own or after " #",
/// and indented lines below an empty value as nested settings, which appear here as "s3.addressing_style".
struct ProfileFile: Sendable, Equatable {
    private(set) var sections: [String: [String: String]] = [:]

    init() {}

    init(parsing text: String) {
        var section: String?
        var parent: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let indented = line.first?.isWhitespace ?? false
            let content = Self.withoutComment(line)
            if content.isEmpty { continue }
            if !indented, content.hasPrefix("["), let end = content.firstIndex(of: "]") {
                let name = content[content.index(after: content.startIndex)..<end]
                section = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                parent = nil
                sections[section ?? "", default: [:]].merge([:]) { old, _ in old }
                continue
            }
            guard let section, let equals = content.firstIndex(of: "=") else { continue }
            let key = content[..<equals].trimmed.lowercased()
            let value = content[content.index(after: equals)...].trimmed
            if indented, let parent {
                sections[section]?["\(parent).\(key)"] = value
            } else {
                sections[section]?[key] = value
                parent = value.isEmpty ? key : nil
            }
        }
    }

    private static func withoutComment(_ line: Substring) -> String {
        let trimmed = line.trimmed
        if trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { return "" }
        for mark in [" #", " ;", "\t#", "\t;"] {
            if let range = trimmed.firstRange(of: mark) { return trimmed[..<range.lowerBound].trimmed }
        }
        return trimmed
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
