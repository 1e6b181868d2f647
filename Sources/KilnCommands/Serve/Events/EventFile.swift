import Glibc
import HostSystem
import ImageBuilderAPI
import Store
import SystemPackage

/// Events as lines of JSON, behind those that the file has.
struct EventFile: EventSink {
    let path: FilePath

    func take(_ event: StoreEvent, _ store: KilnStore) async throws {
        guard let shown = try await BridgeEvent.of(event, store) else { return }
        try append(shown.bytes + [UInt8(ascii: "\n")])
    }

    /// Opened for each line: whoever rotates the file needs to tell nobody.
    private func append(_ line: [UInt8]) throws(HostFailure) {
        let descriptor = open(path.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .systemCall("cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        let start = lseek(descriptor, 0, SEEK_END)
        let count = write(descriptor, line, line.count)
        guard count == line.count else {
            let failure = HostFailure.systemCall("cannot write \(path)", errno: count < 0 ? errno : ENOSPC)
            // Half a line would spoil the next one.
            if start >= 0 { _ = ftruncate(descriptor, start) }
            throw failure
        }
    }
}
