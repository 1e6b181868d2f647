import Components
import Failures
import Glibc
import HostSystem
import NIOCore
import SystemPackage

/// A file that is being downloaded; it goes away unless `keep()` says that it is whole.
final class WebFile {
    private let path: FilePath
    private let descriptor: Int32
    private var size = 0
    private var isWhole = false

    init(_ path: FilePath) throws(WebFault) {
        self.path = path
        descriptor = open(path.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.fault(path) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if !isWhole { unlink(path.string) }
    }

    func append(_ piece: ByteBuffer, limit: Int, of source: String) throws(WebFault) {
        var piece = piece
        size += piece.readableBytes
        guard size <= limit else {
            throw WebFault(OriginFailure(.refused, "\(source) is longer than \(limit) bytes"), mayPass: false)
        }
        while piece.readableBytes > 0 {
            let count = piece.withUnsafeReadableBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.fault(path) }
            piece.moveReaderIndex(forwardBy: count)
        }
    }

    func keep() { isWhole = true }

    private static func fault(_ path: FilePath) -> WebFault {
        let failure = HostFailure.systemCall("cannot write \(path)", errno: errno)
        return WebFault(OriginFailure(.hostFile, failure.message, hint: failure.hint, cause: failure), mayPass: false)
    }
}
