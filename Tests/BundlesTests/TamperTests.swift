import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Bundles

@Suite struct TamperTests {
    /// Changes one byte after the other, and puts each back.
    private func changeEach(of file: FilePath, step: Int, _ check: (Int) async throws -> Void) async throws {
        let descriptor = open(file.string, O_RDWR)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = try Folders.read(file)
        for index in stride(from: 0, to: bytes.count, by: step) {
            let byte = bytes[index]
            // Another bit each time.
            var changed = byte ^ (1 << UInt8(index % 8))
            pwrite(descriptor, &changed, 1, index)
            try await check(index)
            var old = byte
            pwrite(descriptor, &old, 1, index)
        }
        try #require(try Folders.read(file) == bytes)
    }

    @Test(
        "No byte of a bundle can be another",
        arguments: [(BundleWriter.Form.file, step: 1), (.folder, step: 5), (.parts(3000), step: 5)])
    func everyByte(form: BundleWriter.Form, step: Int) async throws {
        try await withTestBundle { bundle in
            let result = try await bundle.writer.write(to: bundle.folder.appending("web.kiln"), as: form)
            let first = try #require(result.files.first)
            let files =
                form == .folder
                ? (bundle.contents.keys + ["bundle.json", "bundle.json.sig"]).map { FilePath("\(first)/\($0)") }
                : result.files
            for file in files {
                try await changeEach(of: file, step: step) { index in
                    let failure = await bundle.refusal(first)
                    #expect(failure?.code == .damaged || failure?.code == .untrusted, "\(file) byte \(index)")
                    if case .parts = form, file.extension?.count == 3, file.extension != "sig" {
                        #expect(
                            failure?.message.contains(file.lastComponent?.string ?? "?") == true, "\(file) \(index)")
                    }
                }
            }
            try await bundle.verify(first)
        }
    }

    @Test("A bundle that is cut short, or goes on after its end, is refused")
    func lengths() async throws {
        try await withTestBundle { bundle in
            let file = try await bundle.write()
            let bytes = try Folders.read(file)
            for length in Array(stride(from: 0, to: bytes.count, by: 97)) + [bytes.count - 512, bytes.count - 1] {
                try DurableFile.write(bytes[..<length], to: file)
                #expect(await bundle.refusal(file)?.code == .damaged, "\(length)")
            }
            for more in [[0], [UInt8](repeating: 0, count: 512), Array("more".utf8)] {
                try DurableFile.write(bytes + more, to: file)
                #expect(await bundle.refusal(file)?.message.contains("after its end") == true)
            }
            // One more member, as tar adds it.
            try DurableFile.write(bytes, to: file)
            try await run("tar", "rf", file.string, "-C", "/etc", "hostname")
            #expect(await bundle.refusal(file)?.code == .damaged)
            try DurableFile.write(bytes, to: file)
            try await bundle.verify(file)
        }
    }

    @Test("What is missing, swapped, cut short or changed of the parts is named")
    func parts() async throws {
        try await withTestBundle { bundle in
            let first = try await bundle.write(as: .parts(1500))
            func path(_ name: String) -> FilePath { bundle.folder.appending("web.kiln.\(name)") }
            let three = try Folders.read(path("003"))
            try Folders.remove(path("003"))
            truncate(path("002").string, 7)
            let missing = await bundle.refusal(first)
            #expect(missing?.message.contains("web.kiln.002 has 7 bytes, not 1500, web.kiln.003 is missing") == true)
            try Folders.remove(path("002"))
            try DurableFile.write(three, to: path("002"))
            try DurableFile.write(three, to: path("003"))
            #expect(await bundle.refusal(first)?.message.contains("web.kiln.002 is in fact web.kiln.003") == true)
            let index = try Folders.read(path("parts.json"))
            try Folders.remove(path("parts.json"))
            #expect(await bundle.refusal(first)?.message.contains("web.kiln.parts.json") == true)
            try DurableFile.write(index, to: path("parts.json"))
            try Folders.remove(path("parts.json.sig"))
            #expect(await bundle.refusal(first)?.code == .untrusted)
        }
    }

    @Test("A folder with anything more in it is refused: a file, an empty folder, a link in a member's place")
    func folder() async throws {
        try await withTestBundle { bundle in
            let folder = try await bundle.write(as: .folder)
            try await bundle.verify(folder)
            let more = FilePath("\(folder)/logs/more.log")
            try write("x", to: more)
            #expect(await bundle.refusal(folder)?.message.contains("logs/more.log") == true)
            try Folders.remove(more)
            try Folders.create(FilePath("\(folder)/empty"))
            #expect(await bundle.refusal(folder)?.message.contains("empty") == true)
            try Folders.remove(FilePath("\(folder)/empty"))
            let disk = FilePath("\(folder)/disk.qcow2")
            let copy = bundle.folder.appending("copy")
            #expect(rename(disk.string, copy.string) == 0)
            #expect(symlink(copy.string, disk.string) == 0)
            #expect(await bundle.refusal(folder)?.message.contains("link") == true)
            try Folders.remove(disk)
            #expect(await bundle.refusal(folder)?.message.contains("disk.qcow2 is missing") == true)
            #expect(mkfifo(disk.string, 0o644) == 0)
            #expect(await bundle.refusal(folder)?.code == .damaged)
            try Folders.remove(disk)
            #expect(rename(copy.string, disk.string) == 0)
            let logs = FilePath("\(folder)/logs")
            #expect(rename(logs.string, copy.string) == 0)
            #expect(symlink(copy.string, logs.string) == 0)
            #expect(await bundle.refusal(folder)?.message.contains("link") == true)
        }
    }

    @Test("Nothing is left of members that were written before the fault was found")
    func nothingLeft() async throws {
        try await withTestBundle { bundle in
            let file = try await bundle.write()
            var bytes = try Folders.read(file)
            bytes[bytes.count - 1] = 1
            try DurableFile.write(bytes, to: file)
            let reader = try await BundleReader.open(file, trust: bundle.trust)
            let place = bundle.folder.appending("out")
            await #expect(throws: BundleFailure.self) { try await reader.receive { FilePath("\(place)/\($0.path)") } }
            #expect(try await run("find", place.string, "-type", "f") == "")
            // A file of somebody else's in the place is not ours to remove.
            let mine = FilePath("\(place)/disk.qcow2")
            try write("mine", to: mine)
            let again = try await BundleReader.open(file, trust: bundle.trust)
            await #expect(throws: BundleFailure.self) { try await again.receive { $0.role == .disk ? mine : nil } }
            #expect(try read(mine) == "mine")
        }
    }
}
