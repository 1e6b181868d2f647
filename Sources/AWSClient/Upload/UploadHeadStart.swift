import Failures
import HostSystem
import Synchronization
public import SystemPackage

/// Sends the front of a file while the rest of it is still being written, so that an `S3Upload` after it finds most of it at
/// the server. What goes wrong here is nobody's trouble: the upload meets it again, and says so.
///
/// The parts and the journal are the upload's own. A part that an earlier, killed run has sent of the same bytes is not sent
/// again.
public final class UploadHeadStart: Sendable {
    private let file: FilePath
    private let location: S3Location
    private let largest: Int
    private let parallel = 8
    private let state = Mutex(State())

    private struct State {
        var draft: FilePath?
        /// Bytes at the front that do not change any more.
        var written = 0
        var hasEnded = false
        var waiter: CheckedContinuation<Void, Never>?
        /// What has been sent, once `run` has returned.
        var session: UploadSession?
        var parts: [UploadJournal.Part] = []
    }

    /// - Parameters:
    ///   - file: the name that it gets when it is whole.
    ///   - largest: bytes that it may have at most: they decide how it is cut.
    public init(of file: FilePath, to location: S3Location, largest: Int) {
        (self.file, self.location, self.largest) = (file, location, largest)
    }

    /// Told by whoever writes, on any thread.
    ///
    /// - Parameter draft: where it is now.
    public func grew(_ draft: FilePath, to count: Int) {
        change { ($0.draft, $0.written) = (draft, count) }
    }

    /// Nothing more is begun; `run` returns when what is on its way has arrived.
    public func end() { change { $0.hasEnded = true } }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Sends what comes, until `end()`.
    public func run(_ s3: S3Client) async {
        guard let plan = try? UploadPlan(size: largest), let draft = await draft(with: plan.partSize),
            let source = try? SourceFile(draft),
            let journal = try? UploadJournal(file: file, endpoint: s3.endpoint, location: location)
        else { return }
        guard let (session, known) = try? await UploadSession.begin(early: location, source, plan, journal, s3) else {
            if (try? journal.read()) == nil { journal.remove() }
            journal.close()
            return
        }
        let parts = await send(session, known)
        state.withLock { ($0.session, $0.parts) = (session, parts) }
    }

    /// Says what the file has become, and leaves the journal to the upload.
    ///
    /// - Parameter digest: SHA-256 of the whole file; nil: it was not finished, and a later run may go on.
    public func close(digest: String?) async {
        let (session, parts) = state.withLock { state in
            defer { state.session = nil }
            return (state.session, state.parts)
        }
        guard let session else { return }
        if let digest, let source = try? SourceFile(file) {
            try? await offPool { () throws(AWSFailure) in
                try session.journal.resume(session.head(source, digest: digest), parts: parts)
            }
        }
        session.journal.close()
    }

    /// The draft, once it has more than one part: what fits into one is sent in one request.
    private func draft(with partSize: Int) async -> FilePath? {
        guard await waits(for: partSize) else { return nil }
        return state.withLock { $0.draft }
    }

    /// - Returns: false where nothing more is to be begun.
    private func waits(for count: Int) async -> Bool {
        while true {
            let (isThere, hasEnded) = state.withLock { ($0.written > count, $0.hasEnded) }
            if hasEnded || Task.isCancelled { return false }
            if isThere { return true }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let mayWait = state.withLock { state in
                        guard state.written <= count, !state.hasEnded, !Task.isCancelled else { return false }
                        state.waiter = continuation
                        return true
                    }
                    if !mayWait { continuation.resume() }
                }
            } onCancel: {
                change { _ in }
            }
        }
    }

    private func send(_ session: UploadSession, _ known: [Int: S3Part]) async -> [UploadJournal.Part] {
        await withTaskGroup(of: UploadJournal.Part?.self) { group in
            var (parts, underWay): ([UploadJournal.Part], Int) = ([], 0)
            for number in 1...session.plan.count {
                guard await waits(for: number * session.plan.partSize) else { break }
                if underWay == parallel {
                    guard let part = await group.next() ?? nil else { break }
                    parts.append(part)
                    underWay -= 1
                }
                group.addTask { try? await session.send(number, unless: known[number]) }
                underWay += 1
            }
            for await part in group { if let part { parts.append(part) } }
            return parts
        }
    }
}
