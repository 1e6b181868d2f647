public import Foundation

/// Something that happened. Events are only ever added, and their numbers grow.
public struct StoreEvent: Sendable, Hashable, Codable {
    public let sequence: Int64
    public let time: Date
    public let kind: StoreEventKind
    /// The ARN or the id of what it happened to.
    public let subject: String
    /// A JSON object; which members it has, `StoreEventKind` says.
    public let detail: Data
}

public struct StoreEventKind: RawRepresentable, Sendable, Hashable, Codable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let resourceCreated = StoreEventKind(rawValue: "resource-created")
    public static let resourceUpdated = StoreEventKind(rawValue: "resource-updated")
    public static let resourceDeleted = StoreEventKind(rawValue: "resource-deleted")
    /// `previous`, `state`, `reason`, `pipeline` of an image.
    public static let imageState = StoreEventKind(rawValue: "image-state")
    /// `image`, `reason`.
    public static let cancelRequested = StoreEventKind(rawValue: "cancel-requested")
    /// `image`, `previous`, `status`, `message` of a workflow execution.
    public static let workflowStatus = StoreEventKind(rawValue: "workflow-status")
    /// `image`, `workflow`, `name`, `previous`, `status`, `message` of a step execution.
    public static let stepStatus = StoreEventKind(rawValue: "step-status")
    /// `image`, `name` of a step execution.
    public static let stepWaiting = StoreEventKind(rawValue: "step-waiting")
    /// `image`, `name`, `action`, `reason` of a step execution.
    public static let stepAnswered = StoreEventKind(rawValue: "step-answered")
    /// `resource`, `previous`, `status`, `reason` of a lifecycle execution.
    public static let lifecycleStatus = StoreEventKind(rawValue: "lifecycle-status")
    /// `failures` of a pipeline that was disabled for them.
    public static let pipelineDisabled = StoreEventKind(rawValue: "pipeline-disabled")
}
