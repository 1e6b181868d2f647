import Failures
import FoundationEssentials
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// A file that tells a later run what an earlier one has done, a line each: the CRC-64/NVME of a JSON object in 16 hexadecimal
/// digits, a blank, and the object. It is locked until `close()`.
final class LineJournal: Sendable {
    let path: FilePath
    private let lock: Mutex<FileLock?>
    private let descriptor = Mutex<Int32>(-1)

    /// - Parameter busy: thrown where another process has it.
    init(_ path: FilePath, busy: AWSFailure) throws(AWSFailure) {
        self.path = path
        do {
            guard let lock = try FileLock.tryAcquire(path) else { throw busy }
            self.lock = Mutex(lock)
        } catch let failure as HostFailure {
            throw AWSFailure(.file, failure.message, hint: failure.hint, cause: failure)
        } catch let failure as AWSFailure {
            throw failure
        } catch {
            throw AWSFailure(.file, "cannot lock \(path): \(error)", cause: error)
        }
    }

    deinit { close() }

    /// Leaves the file to others, at once: a task that has ended may hold on to this for a moment longer.
    func close() {
        descriptor.withLock {
            if $0 >= 0 { Glibc.close($0) }
            $0 = -1
        }
        lock.withLock { $0 = nil }
    }

    /// A line of it: what is in it may be damaged.
    struct Line {
        /// JSON; nil where the checksum is another.
        let object: Data?

        func decoded<Value: Decodable>(as type: Value.Type) -> Value? {
            object.flatMap { try? JSONDecoder().decode(type, from: $0) }
        }
    }

    /// What is there. A last line without its end was being written when the machine stopped, and is dropped.
    ///
    /// - Throws: `file` where it cannot be read.
    func read() throws(AWSFailure) -> [Line] {
        let content: [UInt8]
        do {
            content = try Folders.read(path)
        } catch {
            throw AWSFailure(.file, error.message, hint: error.hint, cause: error)
        }
        return content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { line in
            let bytes = Array(line)
            guard bytes.count > 17, bytes[16] == UInt8(ascii: " "),
                let sum = UInt64(String(decoding: bytes[..<16], as: UTF8.self), radix: 16),
                sum == Self.checksum(bytes[17...])
            else { return Line(object: nil) }
            return Line(object: Data(bytes[17...]))
        }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var checksum = CRC64NVME()
        bytes.withUnsafeBytes { checksum.update($0) }
        return checksum.value
    }

    /// Begins anew with one line.
    func start(_ head: some Encodable) throws(AWSFailure) {
        try open(O_WRONLY | O_TRUNC | O_APPEND)
        try append(head)
        do {
            // The name too must outlive a power cut, or nobody would know of what was begun.
            try DurableFile.sync(path.removingLastComponent())
        } catch {
            throw AWSFailure(.file, error.message, hint: error.hint, cause: error)
        }
    }

    /// - Parameter durably: on the disk before it returns; else it outlives this process, and not a power cut.
    func append(_ line: some Encodable, durably: Bool = true) throws(AWSFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let object = (try? encoder.encode(line)).map({ Array($0) }) else {
            throw AWSFailure(.file, "cannot write \(path)")
        }
        let sum = String(Self.checksum(object[...]), radix: 16)
        let bytes =
            Array("\(String(repeating: "0", count: 16 - sum.count))\(sum) ".utf8) + object + [UInt8(ascii: "\n")]
        // One write under the lock: lines of parts that end at once do not mix.
        let number: Int32 = descriptor.withLock { descriptor in
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { return errno }
            return !durably || fdatasync(descriptor) == 0 ? 0 : errno
        }
        guard number == 0 else { throw .file("cannot write", path, number) }
    }

    /// Nothing is told any more; the file and its lock stay.
    func clear() throws(AWSFailure) { try open(O_WRONLY | O_TRUNC | O_APPEND) }

    func remove() {
        unlink(path.string)
    }

    private func open(_ flags: Int32) throws(AWSFailure) {
        let opened = Glibc.open(path.string, flags | O_CLOEXEC)
        guard opened >= 0 else { throw .file("cannot open", path, errno) }
        descriptor.withLock {
            if $0 >= 0 { Glibc.close($0) }
            $0 = opened
        }
    }
}
