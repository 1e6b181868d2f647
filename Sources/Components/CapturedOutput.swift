import Synchronization

/// What a small command of Kiln's own prints in a guest, up to a limit.
final class CapturedOutput: Sendable {
    private let limit: Int
    private let bytes = Mutex<[UInt8]>([])

    init(limit: Int) { self.limit = limit }

    func add(_ more: [UInt8]) { bytes.withLock { $0 += more.prefix(limit - $0.count) } }
    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
