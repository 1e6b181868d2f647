import Crypto
import Failures
import Foundation
import HostSystem

/// Where a list goes on: behind what its last page ended with, in the order of the list. What is added or removed meanwhile
/// neither repeats nor hides anything else.
struct ListPosition: Codable, Equatable {
    /// Of the query: a token of another list is none of this one.
    let query: String
    /// What the last item is ordered by.
    let key: [String]

    var token: String {
        let data = (try? JSONText.encoder.encode(self)) ?? Data()
        return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    init(query: String, key: [String]) {
        self.query = query
        self.key = key
    }

    /// - Parameters:
    ///   - query: of the list that the token is given to.
    ///   - count: how many parts the key must have.
    /// - Throws: `invalidPageToken`.
    init(token: String, query: String, count: Int) throws(StoreFailure) {
        var text = token.replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: text),
            let position = try? JSONDecoder().decode(ListPosition.self, from: data), position.query == query,
            position.key.count == count, position.token == token
        else {
            throw StoreFailure(
                .invalidPageToken, "the page token is none of this list",
                hint: "use the token that the same query has answered with, or none to begin anew")
        }
        self = position
    }

    /// What tells one query from another, short.
    static func digest(_ parts: [String]) -> String {
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return SHA256.hash(data: Data(text.utf8)).prefix(9).hexadecimal
    }
}
