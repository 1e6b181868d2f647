import Failures
import Glibc
import Synchronization
import SystemPackage

extension RunningGuest {
    /// The last lines of the serial console that say anything, without control characters and terminal sequences.
    public func consoleTail(lines: Int) -> [String] {
        let descriptor = open(definition.console.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = pread(descriptor, &bytes, bytes.count, max(0, size - off_t(bytes.count)))
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return Array(text.split(whereSeparator: \.isNewline).map(Self.plain).filter { !$0.isEmpty }.suffix(lines))
    }

    /// What the console said of an error, which a boot loader's menu may have pushed up, and its last lines.
    func lastWords() -> [String] {
        let lines = consoleTail(lines: 60)
        let errors = lines.dropLast(4).filter { $0.hasPrefix("error:") || Self.isPanic($0) }.suffix(2)
        return (errors + lines.suffix(4)).map { $0.count > 200 ? "\($0.prefix(200))…" : $0 }
    }

    /// Firmware and boot loaders draw: "ESC [ 1 ; 5 H" and its like are no text.
    static func plain(_ line: Substring) -> String {
        var result = String.UnicodeScalarView()
        var inSequence = false
        for scalar in line.unicodeScalars {
            if scalar == "\u{1b}" {
                inSequence = true
            } else if inSequence {
                // The sequence ends with a letter or @ to ~, but not with its opening bracket.
                if (0x40...0x7e).contains(scalar.value), scalar != "[" { inSequence = false }
            } else if scalar.value >= 32, scalar.value != 127 {
                result.append(scalar)
            }
        }
        return String(result).trimmed
    }

    /// Follows the console for the guest's life: a kernel that panics tells QEMU only where its panic driver is loaded,
    /// which many kernels leave out of their first steps or have not at all, and a step would wait for its limit.
    func watchConsole() {
        state.withLock { state in
            guard state.consoleWatch == nil else { return }
            state.consoleWatch = Task { [weak self, events, name] in
                while !Task.isCancelled, events.current.end == nil {
                    guard (try? await Task.sleep(for: .seconds(2))) != nil, let self else { return }
                    guard self.consoleTail(lines: 80).contains(where: Self.isPanic) else { continue }
                    events.change { state in
                        state.end = state.end ?? GuestFailure(.panicked, "the kernel of \(name) panicked")
                    }
                }
            }
        }
    }

    /// The kernel's own line, with or without its time: not one that merely quotes it.
    static func isPanic(_ line: String) -> Bool {
        var rest = Substring(line)
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            guard rest[..<end].dropFirst().allSatisfy({ $0.isNumber || $0 == "." || $0 == " " }) else { return false }
            rest = rest[rest.index(after: end)...]
        }
        return rest.drop(while: \.isWhitespace).hasPrefix("Kernel panic - not syncing")
    }
}
