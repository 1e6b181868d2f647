import SystemPackage
import Testing

@testable import Guests

@Suite struct FileOperationTests {
    @Test("A request carries its head, two texts and the content")
    func request() {
        let operation = FileOperation.write(
            "/a b/ü", [0, 1], FileAttributes(permissions: 0o4755, user: 7), overwrite: false)
        let bytes = operation.payload
        #expect(RunnerFrame.words(Array(bytes.prefix(20))) == [4, 4 | 16, 0o4755, 7, .max])
        #expect(Array(bytes.dropFirst(20)) == Array("/a b/ü".utf8) + [0, 0, 0, 1])
        let owner = FileOperation.setOwner("/x", user: nil, group: 3, scope: .folder(recursive: true)).payload
        #expect(RunnerFrame.words(Array(owner.prefix(20))) == [14, 32 | 2, 0, .max, 3])
    }

    @Test("A name that is no UTF-8 comes and goes as it is")
    func rawNames() {
        let entries = FileEntry.read([UInt8(ascii: "f"), UInt8(ascii: "f"), 0x61, 0xff, 0])
        #expect(entries?.first?.path.bytes == [0x61, 0xff])
        #expect(
            FilePath("/t").pushing(FilePath(bytes: [0xff, 0x2f, 0x61])).bytes == Array("/t/".utf8) + [0xff, 0x2f, 0x61])
    }

    @Test("What is not as agreed is no answer")
    func malformed() {
        let stat = FileOperation.stat("/", followingLinks: true)
        #expect(stat.answer([]) == nil && stat.answer([UInt8](repeating: 0, count: 24)) == nil)
        let list = FileOperation.list("/", recursive: false)
        #expect(list.answer([]) == .entries([]))
        #expect(list.answer(Array("ffname".utf8)) == nil && list.answer(Array("f\0".utf8)) == nil)
        #expect(list.answer(Array("?fname\0".utf8)) == nil)
        #expect(list.answer(Array("l-gone\0".utf8)) == .entries([FileEntry(path: "gone", kind: .link, leadsTo: nil)]))
        #expect(FileOperation.removeFile("/x").answer([1]) == nil)
    }
}
