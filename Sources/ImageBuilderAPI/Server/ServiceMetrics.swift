import Synchronization

/// What `/metrics` shows, in Prometheus' text format.
final class ServiceMetrics: Sendable {
    private struct Series: Hashable {
        var operation: String
        var status: Int
    }

    private struct State {
        var requests: [Series: Int] = [:]
        var buckets = [Int](repeating: 0, count: ServiceMetrics.bounds.count + 1)
        var seconds = 0.0
    }

    private let state = Mutex(State())

    /// Seconds; the 20 ms that a read may take are one of them.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    func record(_ operation: String, status: Int, took: Duration) {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock {
            $0.requests[Series(operation: operation, status: status), default: 0] += 1
            $0.buckets[bucket] += 1
            $0.seconds += seconds
        }
    }

    /// - Parameter builds: how many images are in each state.
    func text(builds: [String: Int]) -> String {
        let state = state.withLock { $0 }
        var lines = ["# TYPE kiln_api_requests_total counter"]
        let series = state.requests.sorted { ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status) }
        for (key, count) in series {
            lines.append(
                "kiln_api_requests_total{operation=\"\(key.operation)\",status=\"\(key.status)\"} \(count)")
        }
        lines.append("# TYPE kiln_api_request_seconds histogram")
        var total = 0
        for (bound, count) in zip(Self.bounds.map { String($0) } + ["+Inf"], state.buckets) {
            total += count
            lines.append("kiln_api_request_seconds_bucket{le=\"\(bound)\"} \(total)")
        }
        lines.append("kiln_api_request_seconds_sum \(state.seconds)")
        lines.append("kiln_api_request_seconds_count \(total)")
        lines.append("# TYPE kiln_images gauge")
        for (name, count) in builds.sorted(by: { $0.key < $1.key }) {
            lines.append("kiln_images{state=\"\(name)\"} \(count)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
