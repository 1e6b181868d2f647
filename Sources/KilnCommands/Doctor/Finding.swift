/// One thing that a build needs of the host, as it was found.
struct Finding: Codable, Equatable {
    enum Status: String, Codable {
        case ok
        /// It works, but another host would be faster.
        case slow
        case missing
    }

    var name: String
    var status: Status
    var detail: String
    /// The package or command that mends it.
    var mend: String?

    var lines: [String] {
        let word = status.rawValue
        return ["\(word)\(String(repeating: " ", count: 8 - word.count))\(name): \(detail)"]
            + (mend.map { ["          mend: \($0)"] } ?? [])
    }
}
