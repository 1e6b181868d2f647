import Documents
import Failures
import Guests

/// Users and groups of the guest, by name or number: from its own files, and where those do not know a name, from whatever
/// else the guest asks (getent(1): LDAP, systemd).
struct GuestAccounts: Sendable {
    let context: ActionContext

    private static let limit = 4 << 20

    /// - Returns: the user's number and its own group's; nil where the user is a number that the guest does not know.
    func user(_ name: String) async throws(ActionFailure) -> (id: UInt32, group: UInt32?) {
        if let line = try await line("passwd", name), let id = UInt32(line[2]), let group = UInt32(line[3]) {
            return (id, group)
        }
        guard let id = UInt32(name), id != .max else { throw unknown("user", name) }
        return (id, nil)
    }

    func group(_ name: String) async throws(ActionFailure) -> UInt32 {
        if let line = try await line("group", name), let id = UInt32(line[2]) { return id }
        guard let id = UInt32(name), id != .max else { throw unknown("group", name) }
        return id
    }

    /// `owner`, `group` and `permissions` of something to be created.
    static func attributes(
        _ input: ActionInputs, in context: ActionContext
    ) async throws(ActionFailure) -> FileAttributes {
        let accounts = GuestAccounts(context: context)
        var attributes = FileAttributes(permissions: try input.permissions())
        if let owner = input.string("owner") { attributes.user = try await accounts.user(owner).id }
        if let group = input.string("group") { attributes.group = try await accounts.group(group) }
        return attributes
    }

    /// The fields of a name's or number's line (passwd(5), group(5)).
    static func find(_ name: String, in database: String) -> [String]? {
        let lines = database.split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }.filter { $0.count >= 4 }
        // A name may look like a number; then it is the name, as chown(1) has it.
        return lines.first { $0[0] == name } ?? lines.first { UInt32(name) != nil && $0[2] == name }
    }

    private func line(_ database: String, _ name: String) async throws(ActionFailure) -> [String]? {
        let file = "/etc/\(database)"
        var text = ""
        do throws(ActionFailure) {
            let bytes = try await context.asking { guest throws(GuestFailure) in
                try await guest.read(file, limit: Self.limit)
            }
            text = String(decoding: bytes, as: UTF8.self)
        } catch {
            guard error.isNotFound else { throw error }
        }
        if let line = Self.find(name, in: text) { return line }
        guard !name.hasPrefix("-") else { return nil }
        do throws(ActionFailure) {
            let (exit, output) = try await context.capture(["getent", database, name], limit: .seconds(60))
            return exit == .exited(0) ? Self.find(name, in: output) : nil
        } catch {
            guard error.code == .fileError else { throw error }
            return nil  // no getent(1): the files were all there is
        }
    }

    private func unknown(_ kind: String, _ name: String) -> ActionFailure {
        ActionFailure(
            .fileError, "the guest has no \(kind) \"\(name)\"", hint: "an earlier step has to create it")
    }
}
