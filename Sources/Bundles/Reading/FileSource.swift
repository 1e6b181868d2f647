import Failures
import HostSystem
import SystemPackage

/// A bundle in one file.
final class FileSource: ByteSource {
    private let file: InputFile

    init(_ path: FilePath) throws(BundleFailure) {
        file = try onHost { () throws(HostFailure) in try InputFile(path) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleFailure) -> Int {
        try onHost { () throws(HostFailure) in try file.read(into: buffer) }
    }

    func blame() throws(BundleFailure) {}
}
