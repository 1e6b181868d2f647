import Crypto
import Failures
import Glibc
import HostSystem
import SystemPackage

/// A bundle in parts, each of which is compared with the signed index as it is read.
final class PartSource: ByteSource {
    private let folder: FilePath
    private let index: PartIndex
    private var number = 0
    private var file: InputFile?
    private var hash = SHA256()

    /// - Throws: `BundleFailure` `damaged` that names all parts which are missing, or of another size than they should be.
    init(_ index: PartIndex, in folder: FilePath) throws(BundleFailure) {
        (self.index, self.folder) = (index, folder)
        var problems: [String] = []
        for part in index.parts {
            var information = stat()
            if stat(folder.appending(part.name).string, &information) != 0 {
                problems.append("\(part.name) is missing")
            } else if Int64(information.st_size) != part.size {
                problems.append("\(part.name) has \(information.st_size) bytes, not \(part.size)")
            }
        }
        guard problems.isEmpty else {
            throw BundleFailure(
                .damaged, "of the bundle's \(index.parts.count) parts " + problems.joined(separator: ", "),
                hint: "copy those again; all parts have to lie in one folder")
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleFailure) -> Int {
        var done = 0
        while done < buffer.count {
            guard let file = try openFile() else { break }
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try onHost { () throws(HostFailure) in try file.read(into: rest) }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            done += count
            if count < rest.count { try endPart() }
        }
        return done
    }

    private func openFile() throws(BundleFailure) -> InputFile? {
        if let file { return file }
        guard number < index.parts.count else { return nil }
        let path = folder.appending(index.parts[number].name)
        let new = try onHost { () throws(HostFailure) in try InputFile(path) }
        (file, hash) = (new, SHA256())
        return new
    }

    private func endPart() throws(BundleFailure) {
        let part = index.parts[number]
        let found = hash.finalize().hexadecimal
        guard found == part.sha256 else {
            let other = index.parts.first { $0.sha256 == found }
            throw BundleFailure(
                .damaged, "the part \(part.name) " + (other.map { "is in fact \($0.name)" } ?? "was changed"),
                hint: other == nil ? "copy it again" : "give the parts their own names back")
        }
        file = nil
        number += 1
    }

    /// Reads the part in which something was wrong to its end: it is the first that can differ.
    func blame() throws(BundleFailure) {
        guard file != nil else { return }
        let start = number
        while number == start, file != nil {
            _ = try filled(InputFile.piece) { (buffer) throws(BundleFailure) in
                guard let file else { return 0 }
                let count = try onHost { () throws(HostFailure) in try file.read(into: buffer) }
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                if count == 0 { try endPart() }
                return count
            }
        }
    }
}
