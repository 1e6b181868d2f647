import HostSystem
import Synchronization

/// Where a build's time went.
public final class Timings: Sendable {
    /// Whose time a span is; all that is none of these is Kiln's own.
    public enum Kind: String, Sendable, CaseIterable, Codable { case waiting, boots, components, export, upload }

    private let start = ContinuousClock.now
    private let state = Mutex((spans: [Kind: Double](), stages: [(String, Double)]()))

    public init() {}

    public func add(_ kind: Kind, _ seconds: Double) { state.withLock { $0.spans[kind, default: 0] += seconds } }

    func add(stage: String, _ seconds: Double) { state.withLock { $0.stages.append((stage, seconds)) } }

    /// Seconds by stage, in order.
    public var stages: [(name: String, seconds: Double)] { state.withLock { $0.stages.map { ($0.0, $0.1) } } }

    /// Seconds by kind, "own" and "total" with them.
    public var summary: [String: Double] {
        let spans = state.withLock { $0.spans }
        let total = (ContinuousClock.now - start).seconds
        var result = Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0.rawValue, spans[$0] ?? 0) })
        result["total"] = total
        result["own"] = max(0, total - spans.values.reduce(0, +))
        return result
    }
}
