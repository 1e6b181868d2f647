public import Failures
import Foundation
import Glibc
public import HostSystem
import Synchronization
public import SystemPackage

/// The component runner's `application.log`: what the runner does, a line with its time for each thing.
public final class ApplicationLog: Sendable {
    private let descriptor: Mutex<Int32>
    private let echo: Mutex<(@Sendable (String) -> Void)?>

    /// - Throws: `HostFailure`, where the file cannot be made.
    public init(path: FilePath) throws(HostFailure) {
        try Folders.create(path.removingLastComponent())
        let descriptor = open(path.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .systemCall("cannot create the log \(path)", errno: errno) }
        self.descriptor = Mutex(descriptor)
        self.echo = Mutex(nil)
    }

    deinit {
        descriptor.withLock { descriptor in _ = close(descriptor) }
    }

    /// Has every line shown, too (the runner's `--trace`).
    public func show(by echo: @escaping @Sendable (_ line: String) -> Void) {
        self.echo.withLock { $0 = echo }
    }

    /// Tells an event; output is the console log's.
    public func note(_ event: StepEvent) {
        switch event {
        case .started(let name, let attempt, _): write("Debug", "\(name): attempt \(attempt) starts")
        case .output: break
        case .ended(let name, let result):
            let why = result.reason.map { ": \($0)" } ?? ""
            let level = result.status == .failed ? "Error" : "Info"
            write(level, "\(name): \(result.status.rawValue) in \(Duration.seconds(result.seconds).inSeconds)\(why)")
        }
    }

    /// A line with its level: Debug, Info, Error.
    public func write(_ level: String, _ text: String) {
        let stamp = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let line = "\(stamp) \(level) \(text.replacing("\n", with: " "))"
        let bytes = Array("\(line)\n".utf8)
        // One call a line, so that lines stay whole; a full disk shows in the results, which are written durably.
        descriptor.withLock { descriptor in _ = Glibc.write(descriptor, bytes, bytes.count) }
        echo.withLock { $0 }?(line)
    }
}
