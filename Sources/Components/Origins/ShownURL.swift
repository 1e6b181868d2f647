import Foundation

/// A URL as messages and logs may show it.
public enum ShownURL {
    /// Without what may be a secret in it: a query that signs it, a password.
    public static func text(_ url: String) -> String {
        guard var parts = URLComponents(string: url) else { return "a URL that cannot be read" }
        let hadQuery = parts.query != nil
        (parts.query, parts.fragment, parts.password, parts.user) = (nil, nil, nil, nil)
        return (parts.string ?? "") + (hadQuery ? "?…" : "")
    }
}
