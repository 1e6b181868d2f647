import Dispatch
import Failures
import Synchronization

/// Goes through a disk once and makes all outputs of it at the same time.
///
/// What is stored is cut into chunks; workers read and compress them, as many at once as there are cores; each output takes
/// them in order on a thread of its own. The number of chunks is fixed, so the slowest stage sets the pace.
final class ExportPipeline: Sendable {
    /// Two chunks a worker, and some for the outputs. At most 32 chunks of 1 MiB, and as much again for each compression,
    /// however many cores there are.
    private static func chunkCount(cores: Int) -> Int { min(2 * cores + 4, 32) }

    typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    private let source: any DiskSource
    private let outputs: [any DiskOutput]
    private let fault = Mutex<(any Error)?>(nil)
    private let stopped = Atomic(false)

    init(source: any DiskSource, outputs: [any DiskOutput]) {
        self.source = source
        self.outputs = outputs
    }

    /// Ends `run` soon; it then throws `cancelled`.
    func cancel() { stop(ExportFailure(.cancelled, "the export was cancelled")) }

    /// Blocks until all is done.
    ///
    /// - Returns: what each output knows at its end, in their order.
    /// - Throws: `ExportFailure`, or an output's `HostFailure`; the first there was.
    func run(cores: Int, progress: Progress) throws -> [OutputDigest?] {
        let encodings = Set(outputs.compactMap(\.encoding))
        let count = Self.chunkCount(cores: cores)
        let chunks = try (0..<count).map { _ in try DiskChunk(encodings: encodings) }
        let pool = ChunkPool(chunks)
        let workers = DispatchQueue(label: "org.kiln.export.workers", qos: .userInitiated, attributes: .concurrent)
        let lanes = outputs.map { output in
            (output, DispatchQueue(label: "org.kiln.export.\(type(of: output))", qos: .userInitiated))
        }
        do throws(ExportFailure) {
            var position = 0
            while isGoing, let data = try source.nextData(from: position) {
                let start = data / DiskChunk.size * DiskChunk.size
                let chunk = pool.take()
                chunk.place(at: start, of: source.virtualSize)
                chunk.pending.store(lanes.count, ordering: .relaxed)
                workers.async { self.fill(chunk) }
                for (output, lane) in lanes {
                    lane.async {
                        self.hand(chunk, to: output)
                        if chunk.pending.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { pool.put(chunk) }
                    }
                }
                position = start + DiskChunk.size
                progress(min(position, source.virtualSize), source.virtualSize)
            }
        } catch {
            stop(error)
        }
        pool.drain()
        let digests = finish(lanes)
        if let fault = fault.withLock({ $0 }) { throw fault }
        progress(source.virtualSize, source.virtualSize)
        return digests
    }

    private var isGoing: Bool { !stopped.load(ordering: .relaxed) }

    private func stop(_ error: any Error) {
        fault.withLock { if $0 == nil { $0 = error } }
        stopped.store(true, ordering: .relaxed)
    }

    private func fill(_ chunk: DiskChunk) {
        if isGoing {
            do throws(ExportFailure) { try chunk.fill(from: source) } catch { stop(error) }
        }
        for _ in outputs { chunk.ready.signal() }
    }

    private func hand(_ chunk: DiskChunk, to output: any DiskOutput) {
        chunk.ready.wait()
        guard isGoing else { return }
        do { try output.take(chunk) { self.isGoing } } catch { stop(error) }
    }

    private func finish(_ lanes: [(any DiskOutput, DispatchQueue)]) -> [OutputDigest?] {
        let digests = Mutex<[Int: OutputDigest]>([:])
        let group = DispatchGroup()
        for (index, (output, lane)) in lanes.enumerated() {
            lane.async(group: group) {
                guard self.isGoing else { return }
                do {
                    let digest = try output.finish { self.isGoing }
                    digests.withLock { $0[index] = digest }
                } catch { self.stop(error) }
            }
        }
        group.wait()
        return digests.withLock { digests in lanes.indices.map { digests[$0] } }
    }
}

/// The chunks that are free.
private final class ChunkPool: Sendable {
    private let chunks: Mutex<[DiskChunk]>
    private let free: DispatchSemaphore
    private let count: Int

    init(_ chunks: [DiskChunk]) {
        count = chunks.count
        free = DispatchSemaphore(value: chunks.count)
        self.chunks = Mutex(chunks)
    }

    func take() -> DiskChunk {
        free.wait()
        return chunks.withLock { $0.removeLast() }
    }

    func put(_ chunk: DiskChunk) {
        chunks.withLock { $0.append(chunk) }
        free.signal()
    }

    /// Waits until all are free.
    func drain() {
        for _ in 0..<count { free.wait() }
        // A semaphore must end with the value that it began with.
        for _ in 0..<count { free.signal() }
    }
}
