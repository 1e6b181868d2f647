import Failures
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import AWSClient

@Suite struct UploadJournalTests {
    private static let location = S3Location(bucket: "images", key: "disk")

    private func journal(_ folder: FilePath) throws -> UploadJournal {
        try UploadJournal(file: folder.appending("disk"), endpoint: "http://lab", location: Self.location)
    }

    private func head(_ upload: String = "U") -> UploadJournal.Head {
        UploadJournal.Head(
            endpoint: "http://lab", bucket: "images", key: "disk", upload: upload, partSize: 8 << 20,
            proof: .crc64NVME, file: SourceFile.Identity(size: 20 << 20, modified: 1, inode: 2), digest: nil)
    }

    private func part(_ number: Int) -> UploadJournal.Part {
        UploadJournal.Part(number: number, etag: "\"e\(number)\"", crc: "ab\(number)", md5: nil)
    }

    /// A journal of three parts, closed again.
    private func written(_ folder: FilePath) throws -> FilePath {
        let journal = try journal(folder)
        try journal.start(head())
        for number in 1...3 { try journal.append(part(number)) }
        return journal.path
    }

    @Test("What was written is read again by the next run")
    func roundTrip() async throws {
        try await withScratchFolder { folder in
            _ = try written(folder)
            let found = try #require(try journal(folder).read())
            #expect(found.head == head())
            #expect(found.parts == Optional((1...3).map(part)))
        }
    }

    @Test("A last line cut by a crash is dropped, the parts before it count")
    func cutLine() async throws {
        try await withScratchFolder { folder in
            let path = try written(folder)
            let content = try Folders.read(path)
            try DurableFile.write(content.dropLast(10), to: path)
            #expect(try journal(folder).read()?.parts == Optional((1...2).map(part)))
        }
    }

    @Test("A changed byte anywhere is noticed: the parts are not trusted, and the upload is known if its line is whole")
    func damaged() async throws {
        try await withScratchFolder { folder in
            let path = try written(folder)
            let content = try Folders.read(path)
            let firstLine = try #require(content.firstIndex(of: UInt8(ascii: "\n")))
            for position in stride(from: 0, to: content.count - 1, by: 7) where content[position] != UInt8(ascii: "\n")
            {
                var bent = content
                bent[position] ^= 0x01
                guard bent[position] != UInt8(ascii: "\n") else { continue }
                try DurableFile.write(bent, to: path)
                let found = try journal(folder).read()
                if position < firstLine {
                    #expect(found == nil, "byte \(position)")
                } else {
                    #expect(found?.head == head())
                    #expect(found?.parts == nil, "byte \(position)")
                }
            }
        }
    }

    @Test("Something that is no journal at all is as none", arguments: ["", "\n\n", "hello\n", "{}\n", "\u{0}\u{0}\n"])
    func foreign(text: String) async throws {
        try await withScratchFolder { folder in
            let path = try written(folder)
            try DurableFile.write(Array(text.utf8), to: path)
            #expect(try journal(folder).read() == nil)
        }
    }

    @Test("Two runs cannot send the same file to the same place at once")
    func exclusive() async throws {
        try await withScratchFolder { folder in
            let first = try journal(folder)
            let error = #expect(throws: AWSFailure.self) { try journal(folder) }
            #expect(error?.code == .busy)
            let elsewhere = try UploadJournal(
                file: folder.appending("disk"), endpoint: "http://lab",
                location: S3Location(bucket: "images", key: "other"))
            #expect(elsewhere.path != first.path)
        }
    }

    @Test("A journal holds no key and no URL that anybody could use")
    func noSecrets() async throws {
        try await withScratchFolder { folder in
            let text = String(decoding: try Folders.read(try written(folder)), as: UTF8.self).lowercased()
            for word in ["amz-signature", "credential", "secret", "token"] { #expect(!text.contains(word)) }
        }
    }
}
