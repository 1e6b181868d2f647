public import Failures
import Glibc
import HostSystem
import NIOCore
public import SystemPackage

extension S3Client {
    /// Fetches an object of any size to a file that is not there yet; the file goes where that fails.
    ///
    /// - Throws: `notFound`, `accessDenied`, `file` where the file cannot be written, and what every request may.
    public func download(_ location: S3Location, to file: FilePath) async throws(AWSFailure) {
        let descriptor = open(file.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file("cannot create", file, errno) }
        defer { close(descriptor) }
        do throws(AWSFailure) {
            try await getObject(location) { piece throws(AWSFailure) in
                var piece = piece
                while piece.readableBytes > 0 {
                    let count = piece.withUnsafeReadableBytes { write(descriptor, $0.baseAddress, $0.count) }
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw .file("cannot write", file, errno) }
                    piece.moveReaderIndex(forwardBy: count)
                }
            }
        } catch {
            unlink(file.string)
            throw error
        }
    }
}
