import Foundation
import Store

/// What a lifecycle execution does to one image, or to one thing that the image was made into, as it is listed.
struct LifecycleEntry: Sendable, Hashable {
    enum Status: String, Sendable, Hashable {
        /// Planned, or under way: the service has one word for both.
        case inProgress = "IN_PROGRESS"
        case success = "SUCCESS"
        case skipped = "SKIPPED"
        case failed = "FAILED"
    }

    /// The ARN of an image, the id of an AMI, the digest of an image's file here.
    let id: String
    /// The image; nil for itself.
    var parent: String?
    let action: LifecycleAction
    /// Why it was found.
    var reason: String?
    var account: String?
    var region: String?
    var status = Status.inProgress
    /// Why it is in that status.
    var statusReason: String?
    var snapshots: [String: Status] = [:]
    var began: Date?
    var ended: Date?
    /// Of an image alone.
    var scope: LifecycleScope?
    /// The state that an image had before it was marked as deleted.
    var previous: ImageState?

    init(id: String, parent: String? = nil, action: LifecycleAction, reason: String? = nil) {
        self.id = id
        self.parent = parent
        self.action = action
        self.reason = reason
    }

    var unfinishedSnapshots: [String] { snapshots.filter { $0.value != .success }.keys.sorted() }

    mutating func end(_ status: Status, _ reason: String? = nil, at now: Date) {
        (self.status, statusReason, ended) = (status, reason, now)
    }

    // MARK: As it is stored

    /// Members of the service's, and one of our own, which answers leave out.
    var resource: LifecycleResource {
        var action: [String: JSONValue] = ["name": .string(action.rawValue)]
        action["reason"] = reason.map(Self.text)
        var state: [String: JSONValue] = ["status": .string(status.rawValue)]
        state["reason"] = statusReason.map(Self.text)
        var members: [String: JSONValue] = ["action": .object(action), "state": .object(state)]
        members["accountId"] = account.map { .string($0) }
        members["region"] = region.map { .string($0) }
        members["startTime"] = began.map { .number($0.timeIntervalSince1970) }
        members["endTime"] = ended.map { .number($0.timeIntervalSince1970) }
        if !snapshots.isEmpty {
            members["snapshots"] = .array(
                snapshots.sorted { $0.key < $1.key }.map { id, status in
                    ["snapshotId": .string(id), "state": ["status": .string(status.rawValue)]]
                })
        }
        var own: [String: JSONValue] = [:]
        own["scope"] = scope?.document
        own["previous"] = previous.map { .string($0.rawValue) }
        if !own.isEmpty { members["kiln"] = .object(own) }
        return LifecycleResource(id: id, parent: parent, document: Data(JSONValue.object(members).bytes))
    }

    /// Nil for one that cannot be read.
    init?(_ resource: LifecycleResource) {
        guard let document = try? JSONParser.parse(Array(resource.document)),
            let action = document["action"]?["name"]?.text.flatMap(LifecycleAction.init(rawValue:)),
            let status = document["state"]?["status"]?.text.flatMap(Status.init(rawValue:))
        else { return nil }
        self.init(
            id: resource.id, parent: resource.parent, action: action, reason: document["action"]?["reason"]?.text)
        self.status = status
        statusReason = document["state"]?["reason"]?.text
        account = document["accountId"]?.text
        region = document["region"]?.text
        began = Self.date(document["startTime"])
        ended = Self.date(document["endTime"])
        for snapshot in document["snapshots"]?.elements ?? [] {
            guard let id = snapshot["snapshotId"]?.text,
                let status = snapshot["state"]?["status"]?.text.flatMap(Status.init(rawValue:))
            else { continue }
            snapshots[id] = status
        }
        if resource.parent == nil { scope = LifecycleScope(document: document["kiln"]?["scope"]) }
        previous = document["kiln"]?["previous"]?.text.flatMap(ImageState.init(rawValue:))
    }

    private static func date(_ value: JSONValue?) -> Date? {
        switch value {
        case .integer(let seconds): Date(timeIntervalSince1970: Double(seconds))
        case .number(let seconds): Date(timeIntervalSince1970: seconds)
        default: nil
        }
    }

    /// The service's texts have 1024 letters at most.
    private static func text(_ reason: String) -> JSONValue { .string(String(reason.prefix(1000))) }
}
