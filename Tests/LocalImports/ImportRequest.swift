import Foundation
import NIOCore
import NIOHTTP1

/// A request as it came.
struct WholeRequest: Sendable {
    var head: HTTPRequestHead
    var body = ByteBuffer()

    /// "eu-central-1": the signature's scope has it.
    var region: String? {
        guard let scope = head.headers.first(name: "authorization")?.firstRange(of: "Credential="),
            let text = head.headers.first(name: "authorization")?[scope.upperBound...].prefix(while: { $0 != "," })
        else { return nil }
        let parts = text.split(separator: "/")
        return parts.count == 5 && parts[3] == "ec2" ? String(parts[2]) : nil
    }

    /// The parameters of an operation in the query protocol; nil for any other request.
    var form: ImportForm? {
        let type = head.headers.first(name: "content-type") ?? ""
        guard head.method == .POST, type.hasPrefix("application/x-www-form-urlencoded") else { return nil }
        let form = ImportForm(String(buffer: body))
        return form["Action"] == nil ? nil : form
    }
}

/// "DiskContainer.1.Format" and the like, with their values.
struct ImportForm: Sendable, Equatable {
    private var fields: [String: String] = [:]

    init(_ text: String) {
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? String($0)
            }
            fields[halves[0]] = halves.count > 1 ? halves[1] : ""
        }
    }

    subscript(name: String) -> String? { fields[name] }

    /// The values of "Name.1", "Name.2", …
    func list(_ name: String) -> [String] {
        (1...).lazy.map { self["\(name).\($0)"] }.prefix { $0 != nil }.compactMap { $0 }
    }

    /// "Name.1", "Name.2", … as long as there are fields below them.
    func groups(_ name: String) -> [String] {
        (1...).lazy.map { "\(name).\($0)" }.prefix { under in fields.keys.contains { $0.hasPrefix(under + ".") } }
            .map { $0 }
    }

    /// Of a kind of resource, such as "import-snapshot-task".
    func tags(of resource: String) -> [String: String] {
        var tags: [String: String] = [:]
        for specification in groups("TagSpecification") where self["\(specification).ResourceType"] == resource {
            for tag in groups("\(specification).Tag") { tags[self["\(tag).Key"] ?? ""] = self["\(tag).Value"] ?? "" }
        }
        return tags
    }

    /// Two with the same client token must be alike in all of this.
    var wish: [String: String] { fields.filter { $0.key != "Version" } }
}
