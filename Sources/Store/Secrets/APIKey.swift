public import Foundation

/// Who may call the API, and what for.
public struct APIKey: Sendable, Hashable, CustomStringConvertible {
    public enum Rights: String, Sendable, Hashable, Codable, CaseIterable {
        case readOnly = "read-only"
        case admin
    }

    /// As AWS's: "AKIA" and 16 capital letters and digits.
    public let id: String
    public let name: String
    public let rights: Rights
    public let createdAt: Date
    public let revokedAt: Date?

    public var description: String { "\(id) (\(name), \(rights.rawValue))" }
}
