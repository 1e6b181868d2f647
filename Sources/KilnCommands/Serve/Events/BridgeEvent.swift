import Foundation
import ImageBuilderAPI
import Store

/// An event of the store in the form that EC2 Image Builder's have on EventBridge.
enum BridgeEvent {
    /// - Returns: nil for what Image Builder tells nobody.
    static func of(_ event: StoreEvent, _ store: KilnStore) async throws -> JSONValue? {
        // Others may note what they like: that must not hold up what is behind it.
        let detail = (try? JSONDecoder().decode([String: String].self, from: event.detail)) ?? [:]
        switch event.kind {
        case .imageState:
            // An image that is new had no state before.
            guard let previous = detail["previous"], let state = detail["state"] else { return nil }
            return envelope(
                event, "EC2 Image Builder Image State Change", [event.subject],
                ["previous-state": ["status": .string(previous)], "state": ["status": .string(state)]], store.account)
        case .stepWaiting:
            guard let step = try await store.step(event.subject) else { return nil }
            return envelope(
                event, "EC2 Image Builder Workflow Step Waiting", [step.image, step.workflow],
                [
                    "workflow-execution-id": .string(step.workflowExecution),
                    "workflow-step-execution-id": .string(step.id), "workflow-step-name": .string(step.name),
                ], store.account)
        case .pipelineDisabled:
            return envelope(
                event, "EC2 Image Builder Image Pipeline Automatically Disabled", [event.subject],
                ["consecutive-failures": .string(detail["failures"] ?? "")], store.account)
        default: return nil
        }
    }

    private static func envelope(
        _ event: StoreEvent, _ type: String, _ resources: [String], _ detail: JSONValue, _ account: Account
    ) -> JSONValue {
        [
            "version": "0", "id": .string(id(of: event)), "detail-type": .string(type), "source": "aws.imagebuilder",
            "account": .string(account.account), "time": .string(event.time.formatted(.iso8601)),
            "region": .string(account.region), "resources": .array(resources.map { .string($0) }), "detail": detail,
        ]
    }

    /// The same each time the event is sent, so that a receiver can tell that it has it: its time, and its number.
    private static func id(of event: StoreEvent) -> String {
        let milliseconds = UInt64(max(0, event.time.timeIntervalSince1970 * 1000))
        let bytes = [milliseconds, UInt64(bitPattern: event.sequence)].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        var (groups, rest): ([Substring], Substring) = ([], digits[...])
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: "-")
    }
}
