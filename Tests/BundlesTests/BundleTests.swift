import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Bundles

@Suite struct BundleTests {
    @Test("A bundle comes back as it was, in every form; the same inputs give the same bytes")
    func roundTrip() async throws {
        try await withTestBundle(diskSize: 3 << 20) { bundle in
            for (number, form) in [BundleWriter.Form.file, .folder, .parts(1 << 20)].enumerated() {
                let first = try await bundle.write("one-\(number)", as: form)
                let again = try await bundle.write("two-\(number)", as: form)
                try await run("diff", "-r", first.string, again.string)
                let reader = try await BundleReader.open(first, trust: bundle.trust)
                #expect(reader.signer == .trusted(bundle.key.publicKey))
                #expect(reader.index.image == bundle.image)
                #expect(reader.index.members.map(\.role) == [.document, .log, .log, .disk])
                #expect(reader.index.members.map(\.masked) == [true, nil, nil, nil])
                let place = bundle.folder.appending("out-\(number)")
                try await reader.receive { FilePath("\(place)/\($0.path)") }
                for (path, bytes) in bundle.contents {
                    #expect(try Folders.read(FilePath("\(place)/\(path)")) == bytes)
                }
            }
            let hidden = try bundle.names().filter { $0.hasPrefix(".") }
            #expect(hidden == [])
            #expect(try bundle.names().filter { $0.hasPrefix("one-2") }.count == 4 + 2)
            #expect(try await bundle.refusal(bundle.folder.appending("one-2.003")) == nil)
            #expect(try await bundle.refusal(bundle.folder.appending("one-2.parts.json")) == nil)
        }
    }

    @Test("Long runs of zeros become holes on both ways")
    func holes() async throws {
        try await withTestBundle { bundle in
            let raw = bundle.folder.appending("sources/raw")
            try DurableFile.write([1], to: raw)
            truncate(raw.string, 64 << 20)
            let items = bundle.items + [BundleItem("web.raw", .artifact, .file(raw))]
            let output = bundle.folder.appending("web.kiln")
            _ = try await BundleWriter(image: bundle.image, kilnVersion: "1", items: items, key: bundle.key)
                .write(to: output, as: .file)
            #expect(try Folders.allocated(output) < 1 << 20)
            let place = bundle.folder.appending("out.raw")
            try await BundleReader.open(output, trust: bundle.trust).receive { $0.role == .artifact ? place : nil }
            #expect(try Folders.allocated(place) < 1 << 20)
            try await run("cmp", raw.string, place.string)
        }
    }

    @Test("Other tools read it: tar unpacks a folder that verifies, and the sums and the signature fit by hand")
    func byHand() async throws {
        try await withTestBundle { bundle in
            let file = try await bundle.write()
            let place = bundle.folder.appending("by-hand")
            try Folders.create(place)
            try await run("tar", "xf", file.string, "-C", place.string)
            #expect(try Folders.read(FilePath("\(place)/\(TestBundle.longPath)")) == Array("built\n".utf8))
            try await bundle.verify(place)
            let key = bundle.folder.appending("key.pub")
            try write(bundle.key.publicKey.text, to: key)
            try await run(
                "minisign", "-V", "-m", "\(place)/bundle.json", "-x", "\(place)/bundle.json.sig", "-p", key.string)
            try await run(
                "sh", "-c",
                """
                python3 -c 'import json
                for m in json.load(open("bundle.json"))["members"]: print(m["sha256"] + "  " + m["path"])' | sha256sum -c
                """, in: place)
            let parts = try await bundle.write("split", as: .parts(4096))
            try await run("sh", "-c", "cat split.[0-9]* | cmp - web.kiln", in: bundle.folder)
            #expect(parts.lastComponent?.string == "split.001")
            // What python's reader of tar archives says.
            let names = try await run(
                "python3", "-c", "import sys, tarfile; print('\\n'.join(tarfile.open(sys.argv[1]).getnames()))",
                file.string)
            let wanted = ["bundle.json", "bundle.json.sig", "documents/template.yaml", "logs/empty.log"]
            #expect(names.split(separator: "\n").map(String.init) == wanted + [TestBundle.longPath, "disk.qcow2"])
        }
    }

    @Test("Members of more than 8 GiB have a header that tar and python read")
    func large() async throws {
        try await withScratchFolder { folder in
            let file = folder.appending("large.tar")
            let size: Int64 = 9 << 30 + 5
            try DurableFile.write(TarHeader.encode("disk.raw", size: size), to: file)
            let end = Int64(try Folders.read(file).count) + size + Int64(TarHeader.padding(of: size))
            truncate(file.string, Int(end) + TarHeader.end)
            #expect(try await run("tar", "tvf", file.string).contains(" \(size) "))
            let seen = try await run(
                "python3", "-c",
                "import sys, tarfile; m = tarfile.open(sys.argv[1]).getmembers(); print(m[0].size, len(m))",
                file.string)
            #expect(seen == "\(size) 1\n")
            #expect(TarHeader.encode("a", size: 1 << 33 - 1).count == 512)
            #expect(TarHeader.encode("a", size: 1 << 33).count == 3 * 512)
            #expect(TarHeader.encode(String(repeating: "a", count: 100), size: 0).count == 512)
            #expect(TarHeader.encode(String(repeating: "a", count: 101), size: 0).count == 3 * 512)
        }
    }

    @Test("Nothing is left of a bundle that cannot be written, and nothing is overwritten")
    func failures() async throws {
        try await withTestBundle { bundle in
            let output = bundle.folder.appending("web.kiln")
            func failure(_ items: [BundleItem], as form: BundleWriter.Form = .file) async -> BundleFailure? {
                await #expect(throws: BundleFailure.self) {
                    try await BundleWriter(image: bundle.image, kilnVersion: "1", items: items, key: bundle.key)
                        .write(to: output, as: form)
                }
            }
            var items = bundle.items
            items[0].content = .bytes([1, 2, 3])
            let other = bundle.folder.appending("sources/other")
            try DurableFile.write([1, 2, 3], to: other)
            items[0].content = .file(other)
            for form in [BundleWriter.Form.file, .folder, .parts(2048)] {
                #expect(await failure(items, as: form)?.code == .unusable)
            }
            items[0].content = .file("/nowhere")
            #expect(await failure(items)?.code == .unusable)
            items = bundle.items + [BundleItem("../x", .log, .bytes([]))]
            #expect(await failure(items)?.code == .unusable)
            #expect(await failure(Array(bundle.items.dropFirst()))?.code == .unusable)
            #expect(await failure(bundle.items, as: .parts(4))?.code == .invalidName)
            #expect(try bundle.names() == [])

            // The small bundle would be whole before a cancel that only follows the start.
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await bundle.writer.write(to: output, as: .file)
            }
            task.cancel()
            let early = await #expect(throws: BundleFailure.self) { try await task.value }
            #expect(early?.code == .cancelled)
            #expect(try bundle.names() == [])

            // In the middle, when part of it is written or read.
            for form in [BundleWriter.Form.file, .folder, .parts(2048)] {
                let stopped = await cancelled { progress in
                    _ = try await bundle.writer.write(to: output, as: form, progress: progress)
                }
                #expect(stopped?.code == .cancelled)
                #expect(try bundle.names() == [])
            }
            let whole = try await bundle.write("whole")
            let reading = await cancelled { progress in
                let reader = try await BundleReader.open(whole, trust: bundle.trust)
                _ = try await reader.extract(to: bundle.folder.appending("out"), progress: progress)
            }
            #expect(reading?.code == .cancelled)
            #expect(try bundle.names() == ["whole"])
            try Folders.remove(whole)

            try write("mine", to: output)
            #expect(await failure(bundle.items)?.code == .nameTaken)
            #expect(try read(output) == "mine")
            try Folders.remove(output)
            try write("mine", to: bundle.folder.appending("web.kiln.002"))
            #expect(await failure(bundle.items, as: .parts(4096))?.code == .nameTaken)
            #expect(try bundle.names() == ["web.kiln.002"])

            // As a process that was killed leaves it.
            try Folders.create(bundle.folder.appending(".web.kiln.1-2.new/content"))
            _ = try await bundle.write()
            #expect(try bundle.names() == ["web.kiln", "web.kiln.002"])
        }
    }

    @Test(
        "A full file system is said, before the work where that can be known, and nothing is left",
        .enabled(if: getuid() == 0))
    func noRoom() async throws {
        try await withTestBundle(diskSize: 3 << 20) { bundle in
            let raw = bundle.folder.appending("sources/raw")
            try DurableFile.write((0..<(2 << 20)).map { UInt8(truncatingIfNeeded: $0 | 1) }, to: raw)
            let items = bundle.items + [BundleItem("web.raw", .artifact, .file(raw))]
            let writer = BundleWriter(image: bundle.image, kilnVersion: "1", items: items, key: bundle.key)
            let whole = bundle.folder.appending("whole")
            _ = try await writer.write(to: whole, as: .file)
            let small = bundle.folder.appending("small")
            try Folders.create(small)
            try await run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small.string)
            do {
                let writing = await #expect(throws: BundleFailure.self) {
                    _ = try await writer.write(to: small.appending("b"), as: .file)
                }
                #expect(writing?.code == .noSpace && writing?.message.contains("MiB free") == true)
                // The raw disk might have been holes: this is found in the middle.
                let reader = try await BundleReader.open(whole, trust: bundle.trust)
                let middle = await #expect(throws: BundleFailure.self) {
                    try await reader.extract(to: small.appending("x"))
                }
                #expect(middle?.code == .noSpace)
                #expect(try Folders.names(in: small) == [])
                try await run("mount", "-o", "remount,size=2m", small.string)
                let again = try await BundleReader.open(whole, trust: bundle.trust)
                let before = await #expect(throws: BundleFailure.self) {
                    try await again.extract(to: small.appending("x"))
                }
                #expect(before?.code == .noSpace && before?.message.contains("needs 3 MiB") == true)
                #expect(try Folders.names(in: small) == [])
            } catch {
                Issue.record(error)
            }
            try await run("umount", small.string)
        }
    }

    /// Runs work whose task is cancelled as soon as it tells of some progress.
    private func cancelled(_ body: @escaping @Sendable (@escaping BundleProgress) async throws -> Void) async
        -> BundleFailure?
    {
        let box = TaskBox()
        let task = Task { try await body { done, _ in if done > 0 { box.cancel() } } }
        box.task.withLock { $0 = task }
        let failure = await #expect(throws: BundleFailure.self) { try await task.value }
        return failure
    }

    private final class TaskBox: Sendable {
        let task = Mutex<Task<Void, any Error>?>(nil)

        /// Waits for the task to be known.
        func cancel() {
            while task.withLock({ $0?.cancel() }) == nil { usleep(1000) }
        }
    }
}
