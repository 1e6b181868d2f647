import Failures
import Foundation
import HostSystem

extension BundleIndex {
    private struct Version: Decodable {
        var format: String
        var formatVersion: Int
    }

    /// Reads and checks `bundle.json`; that a trusted key has signed it makes no path in it a good one.
    ///
    /// - Throws: `BundleFailure` `damaged`.
    init(_ bytes: [UInt8]) throws(BundleFailure) {
        do {
            let version = try JSONRecord.decoder.decode(Version.self, from: Data(bytes))
            guard version.format == Self.format else {
                throw BundleFailure(
                    .damaged, "bundle.json is of the format \(version.format.debugDescription), not '\(Self.format)'")
            }
            guard version.formatVersion == Self.formatVersion else {
                throw BundleFailure(
                    .damaged,
                    "the bundle has version \(version.formatVersion) of the format, and this Kiln knows version "
                        + "\(Self.formatVersion)", hint: "a newer Kiln may read it")
            }
            self = try JSONRecord.decoder.decode(Self.self, from: Data(bytes))
        } catch let failure as BundleFailure {
            throw failure
        } catch {
            // What the decoder says may quote what nobody has signed.
            throw BundleFailure(.damaged, "bundle.json is not an index of this format", cause: error)
        }
        try check()
    }

    /// The sizes of all members together, which no file system can hold more of.
    var size: Int64 { members.reduce(0) { $0.addingReportingOverflow($1.size).partialValue } }

    func check() throws(BundleFailure) {
        var paths: Set<String> = []
        var folders: Set<String> = []
        var total: Int64 = 0
        for member in members {
            try MemberPath.check(member.path)
            guard paths.insert(member.path).inserted else { throw wrong("names \(member.path) twice") }
            folders.formUnion(MemberPath.folders(of: member.path))
            guard Self.isDigest(member.sha256) else { throw wrong("has no SHA-256 of \(member.path)") }
            let (sum, isTooMuch) = total.addingReportingOverflow(member.size)
            guard member.size >= 0, !isTooMuch, sum < 1 << 60 else {
                throw wrong("has no possible size of \(member.path)")
            }
            total = sum
        }
        let texts = [image.name, image.version, image.system, image.build, image.parent, kilnVersion]
        guard !image.name.isEmpty, texts.allSatisfy({ $0.map(PlainText.isOne) ?? true }) else {
            throw wrong("has names that cannot be shown")
        }
        if let both = folders.first(where: { paths.contains($0) }) { throw wrong("has \(both) as a file and a folder") }
        guard members.count(where: { $0.role == .disk }) == 1, let disk else { throw wrong("does not name one disk") }
        guard disk.sha256 == image.digest else { throw wrong("names a disk that is not the image \(image.digest)") }
    }

    private func wrong(_ what: String) -> BundleFailure { BundleFailure(.damaged, "bundle.json \(what)") }

    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

/// Where a member may lie: below the bundle's folder, and nowhere that surprises.
enum MemberPath {
    static func check(_ path: String) throws(BundleFailure) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = PlainText.isOne(path) && !path.contains("\\")
        let isInside = parts.allSatisfy { !["", ".", ".."].contains($0) && $0.utf8.count <= 255 }
        let isTaken = [BundleIndex.file, BundleIndex.signatureFile].contains { parts.first?.elementsEqual($0) == true }
        guard isPlain, isInside, !isTaken, path.utf8.count <= 1024 else {
            throw BundleFailure(
                .damaged, "bundle.json names a member that no bundle may have: \(path.debugDescription)")
        }
    }

    /// "a/b/c" lies in "a" and "a/b".
    static func folders(of path: String) -> [String] {
        let parts = path.split(separator: "/")
        return (1..<max(1, parts.count)).map { parts[..<$0].joined(separator: "/") }
    }
}

/// Text that can be shown as it is: nothing in it steers a terminal, or turns what is read around.
enum PlainText {
    static func isOne(_ text: String) -> Bool {
        text.utf8.count <= 1024
            && text.unicodeScalars.allSatisfy {
                ![.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
            }
    }
}
