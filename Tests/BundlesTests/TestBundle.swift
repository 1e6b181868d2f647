import Crypto
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Bundles

/// A small bundle with members of every kind, and the keys that go with it.
struct TestBundle {
    let folder: FilePath
    let key = PrivateKey.make()
    var trust: BundleTrust { BundleTrust(keys: [key.publicKey]) }
    private(set) var contents: [String: [UInt8]] = [:]
    private(set) var items: [BundleItem] = []

    /// A path with no room in a plain header.
    static let longPath = "logs/" + String(repeating: "long-", count: 25) + "ü.log"

    init(in folder: FilePath, diskSize: Int = 900) throws {
        self.folder = folder
        try Folders.create(folder.appending("sources"))
        add("disk.qcow2", .disk, (0..<diskSize).map { UInt8(truncatingIfNeeded: ($0 &* 7) >> 3 | 1) })
        add("documents/template.yaml", .document, Array("Resources: {}\n".utf8), isMasked: true)
        add(Self.longPath, .log, Array("built\n".utf8))
        add("logs/empty.log", .log, [])
        for index in items.indices where items[index].role != .document {
            let file = folder.appending("sources/\(index)")
            try DurableFile.write(contents[items[index].path] ?? [], to: file)
            items[index].content = .file(file)
        }
    }

    private mutating func add(_ path: String, _ role: BundleIndex.Role, _ bytes: [UInt8], isMasked: Bool = false) {
        contents[path] = bytes
        let digest = role == .disk ? SHA256.hash(data: bytes).hexadecimal : nil
        items.append(BundleItem(path, role, .bytes(bytes), digest: digest, isMasked: isMasked))
    }

    var image: BundleIndex.Image {
        BundleIndex.Image(
            name: "web", version: "1.2.0", digest: items[0].digest ?? "", virtualSize: 1 << 30, system: "debian 12.15",
            created: Date(timeIntervalSince1970: 1_700_000_000), build: "b-1", parent: "debian-12", parentDigest: nil,
            components: [.init(name: "c", version: "1.0.0", document: "ab")])
    }

    var writer: BundleWriter { BundleWriter(image: image, kilnVersion: "1", items: items, key: key) }

    @discardableResult
    func write(_ name: String = "web.kiln", as form: BundleWriter.Form = .file) async throws -> FilePath {
        let output = folder.appending(name)
        return try #require(try await writer.write(to: output, as: form).files.first)
    }

    /// Verifies all of it.
    @discardableResult
    func verify(_ path: FilePath, trust: BundleTrust? = nil) async throws -> BundleReader {
        let reader = try await BundleReader.open(path, trust: trust ?? self.trust)
        try await reader.receive()
        return reader
    }

    /// Why it is refused; nil where it is not.
    func refusal(_ path: FilePath, trust: BundleTrust? = nil) async -> BundleFailure? {
        do {
            try await verify(path, trust: trust)
            return nil
        } catch {
            return error as? BundleFailure
        }
    }

    /// What lies in the folder.
    func names() throws -> [String] { try Folders.names(in: folder).filter { $0 != "sources" } }

    /// A tar archive with the index as it is given, signed by the trusted key.
    func forge(_ name: String, index: String, members: [(path: String, bytes: [UInt8])]) throws -> FilePath {
        let bytes = Array(index.utf8)
        let signature = try DetachedSignature.sign(bytes, file: "bundle.json", by: key)
        var archive: [UInt8] = []
        for (path, bytes) in [("bundle.json", bytes), ("bundle.json.sig", signature)] + members {
            archive += TarHeader.encode(path, size: Int64(bytes.count)) + bytes
            archive += [UInt8](repeating: 0, count: TarHeader.padding(of: Int64(bytes.count)))
        }
        let file = folder.appending(name)
        try DurableFile.write(archive + [UInt8](repeating: 0, count: TarHeader.end), to: file)
        return file
    }
}

func withTestBundle(diskSize: Int = 900, _ body: (TestBundle) async throws -> Void) async throws {
    try await withScratchFolder { folder in try await body(try TestBundle(in: folder, diskSize: diskSize)) }
}
