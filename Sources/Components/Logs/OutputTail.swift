/// The last bytes of a stream within a bound: what the error of a failed step shows.
struct OutputTail: Sendable {
    private let limit: Int
    private(set) var bytes: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    mutating func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
        // Cut in large bites: cutting at each append would copy the whole tail each time.
        if bytes.count > 2 * limit { bytes.removeFirst(bytes.count - limit) }
    }

    func lines(_ count: Int) -> [String] {
        String(decoding: bytes.suffix(limit), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: true).suffix(count).map(String.init)
    }
}
