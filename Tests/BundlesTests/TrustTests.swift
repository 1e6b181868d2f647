import Crypto
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Bundles

@Suite struct TrustTests {
    @Test("A bundle that no trusted key has signed is refused, and used only where that is allowed")
    func trust() async throws {
        try await withTestBundle { bundle in
            let file = try await bundle.write()
            let stranger = BundleTrust(keys: [PrivateKey.make().publicKey])
            let unknown = await bundle.refusal(file, trust: stranger)
            #expect(unknown?.code == .untrusted)
            #expect(unknown?.message.contains(try #require(bundle.key.publicKey.identifier)) == true)
            #expect(await bundle.refusal(file, trust: BundleTrust(keys: []))?.code == .untrusted)
            let lax = BundleTrust(keys: [], allowsUnsigned: true)
            let reader = try await bundle.verify(file, trust: lax)
            guard case .unknown(let title) = reader.signer else { throw Wrong() }
            #expect(title.contains(try #require(bundle.key.publicKey.identifier)))

            for (name, form) in [("u", BundleWriter.Form.file), ("f", .folder), ("p", .parts(2000))] {
                let unsigned = try await BundleWriter(
                    image: bundle.image, kilnVersion: "1", items: bundle.items, key: nil
                ).write(to: bundle.folder.appending(name), as: form)
                #expect(unsigned.signer == nil)
                let path = try #require(unsigned.files.first)
                #expect(await bundle.refusal(path)?.code == .untrusted)
                #expect(try await bundle.verify(path, trust: lax).signer == .nobody)
                guard form == .file else { continue }
                var bytes = try Folders.read(path)
                bytes[bytes.count - 1500] ^= 1
                try DurableFile.write(bytes, to: path)
                // That nobody vouches for it makes no damage good.
                #expect(await bundle.refusal(path, trust: lax)?.code == .damaged)
            }
            // Nor does it make good what a known key has not signed.
            var bytes = try Folders.read(file)
            let version = try #require(Data(bytes).range(of: Data("1.2.0".utf8)))
            bytes[version.lowerBound] = UInt8(ascii: "2")
            try DurableFile.write(bytes, to: file)
            #expect(
                await bundle.refusal(file, trust: BundleTrust(keys: bundle.trust.keys, allowsUnsigned: true))?.code
                    == .damaged)
        }
    }

    private struct Wrong: Error {}

    @Test(
        "An index that is signed but names what no bundle may have is refused",
        arguments: [
            "../x", "/etc/passwd", "a/../../x", "a//b", "./x", "", "a/", "bundle.json", "bundle.json.sig",
            "bundle.json/x",
            "a\\b", "a\u{1b}[2J", "a\u{202e}gpj", String(repeating: "x", count: 256), "disk.qcow2", "disk.qcow2/x",
        ])
    func paths(path: String) async throws {
        try await withTestBundle { bundle in
            let extra = BundleIndex.Member(
                path: path, role: .log, size: 0, sha256: SHA256.hash(data: [UInt8]()).hexadecimal)
            let disk = Array("disk".utf8)
            let digest = SHA256.hash(data: disk).hexadecimal
            var image = bundle.image
            image.digest = digest
            func forge(_ members: [BundleIndex.Member]) throws -> FilePath {
                let index = BundleIndex(
                    kilnVersion: "1", image: image,
                    members: [.init(path: "disk.qcow2", role: .disk, size: 4, sha256: digest)] + members)
                return try bundle.forge(
                    "f", index: String(decoding: try index.bytes, as: UTF8.self),
                    members: [("disk.qcow2", disk)] + members.map { ($0.path, []) })
            }
            // Without it the forgery is a bundle.
            try await bundle.verify(try forge([]))
            let file = try forge([extra])
            let failure = await #expect(throws: BundleFailure.self) {
                try await BundleReader.open(file, trust: bundle.trust)
            }
            #expect(failure?.code == .damaged)
            #expect(failure?.message.contains("\u{1b}") == false)
        }
    }

    @Test(
        "An index of another format, of two disks, of none, or with sizes that cannot be is refused",
        arguments: [
            "{}", "[]", "", #"{"format": "tar", "formatVersion": 1}"#,
            #"{"format": "kiln-bundle", "formatVersion": 2}"#,
            #"SELF"formatVersion" : 1=>"formatVersion" : 2"#, #"SELF"size" : 900=>"size" : -900"#,
            #"SELF"name" : "web"=>"name" : "\u001b[2J""#,
            #"SELF"name" : "web"=>"name" : "\u202egpj""#, #"SELF"name" : "web"=>"name" : """#,
            #"SELF"size" : 900=>"size" : 9223372036854775807"#, #"SELF"role" : "disk"=>"role" : "log""#,
            #"SELF"role" : "log"=>"role" : "disk""#, #"SELF"role" : "log"=>"role" : "device""#,
        ])
    func indexes(change: String) async throws {
        try await withTestBundle { bundle in
            var text = change
            if change.hasPrefix("SELF") {
                let (reader, parts) = (
                    try await bundle.verify(try await bundle.write()),
                    change.dropFirst(4).split(separator: "=>").map(String.init)
                )
                let whole = String(decoding: try reader.index.bytes, as: UTF8.self)
                text = whole.replacing(parts[0], with: parts[1])
                try #require(text != whole)
            }
            let file = try bundle.forge("f", index: text, members: [])
            let failure = await #expect(throws: BundleFailure.self) {
                try await BundleReader.open(file, trust: bundle.trust)
            }
            #expect(failure?.code == .damaged)
        }
    }
}
