import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// Appends a build's events to its `events.jsonl`, each as one write, so that a reader sees whole lines.
///
/// What cannot be written is passed over: the record (`build.json`) decides, the events tell.
final class EventLog: Sendable {
    private let descriptor: Int32
    private let start = ContinuousClock.now

    init(_ file: FilePath) {
        descriptor = open(file.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        // A killed process may have left half a line; what follows must not be glued to it.
        if descriptor >= 0, lseek(descriptor, 0, SEEK_END) > 0 { append([UInt8(ascii: "\n")]) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func append(_ event: BuildEvent) {
        let elapsed = (ContinuousClock.now - start).seconds
        guard let record = EventRecord(event, time: Date(), elapsed: elapsed), let line = try? record.line else {
            return
        }
        append(Array(line) + [UInt8(ascii: "\n")])
    }

    private func append(_ bytes: [UInt8]) {
        guard descriptor >= 0 else { return }
        _ = retryingInterrupts { write(descriptor, bytes, bytes.count) }
    }
}
