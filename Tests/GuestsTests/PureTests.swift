import SystemPackage
import Testing

@testable import Guests

@Suite struct RunnerFrameTests {
    @Test("A request to run a program carries folder, arguments, environment and standard input")
    func execRequest() {
        let command = GuestCommand(
            ["sh", "-c", "true"], environment: ["A": "1"], workingDirectory: "/tmp", standardInput: [0, 255])
        let bytes = RunnerFrame.exec(command, channel: 7).encoded
        #expect(RunnerFrame.words(Array(bytes.prefix(12))) == [2, 7, UInt32(bytes.count - 12)])
        #expect(RunnerFrame.words(Array(bytes[12..<24])) == [3, 7, 2])
        let strings = bytes[24...].dropLast(2).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(strings.prefix(4) == ["/tmp", "sh", "-c", "true"])
        #expect(strings.contains("A=1"))
        #expect(Array(bytes.suffix(2)) == [0, 255])
    }
}

@Suite struct DomainXMLTests {
    private let tcg = Acceleration(kind: .tcg, reason: "test")

    @Test("Names and paths are escaped")
    func escapes() {
        let definition = GuestDefinition(buildID: "a<b", role: "build", disk: "/x&y/d'.qcow2", console: "/c")
        let xml = definition.xml(acceleration: tcg, sockets: "/s", owner: "1")
        #expect(xml.contains("<name>kiln-a&lt;b-build</name>"))
        #expect(xml.contains("file='/x&amp;y/d&apos;.qcow2'"))
    }

    @Test("KVM and TCG differ in domain type and processor")
    func acceleration() {
        let definition = GuestDefinition(buildID: "b", role: "test", disk: "/d", console: "/c")
        let translated = definition.xml(acceleration: tcg, sockets: "/s", owner: "1")
        #expect(translated.contains("<domain type='qemu'") && translated.contains("<cpu mode='maximum'/>"))
        let real = definition.xml(acceleration: Acceleration(kind: .kvm, reason: ""), sockets: "/s", owner: "1")
        #expect(real.contains("<domain type='kvm'") && real.contains("host-passthrough"))
    }

    @Test("An NVMe disk goes by QEMU's own arguments, commas doubled")
    func nvme() {
        var definition = GuestDefinition(buildID: "b", role: "test", disk: "/a,b", console: "/c")
        definition.diskBus = .nvme
        let xml = definition.xml(acceleration: tcg, sockets: "/s", owner: "1")
        #expect(xml.contains("file=/a,,b,if=none") && !xml.contains("<disk "))
    }
}

@Suite struct InitramfsTests {
    @Test("Entries are aligned to four bytes and the archive ends with its trailer")
    func layout() {
        var archive = Initramfs()
        archive.file("init", mode: 0o755, content: [1, 2, 3, 4, 5])
        let bytes = archive.finished()
        #expect(bytes.count % 4 == 0)
        #expect(String(decoding: bytes.prefix(6), as: UTF8.self) == "070701")
        #expect(String(decoding: bytes.suffix(16), as: UTF8.self).contains("TRAILER!!!"))
    }
}
