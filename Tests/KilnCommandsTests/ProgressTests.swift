import HostSystem
import Testing

@testable import KilnCommands

@Suite("The status line") struct StatusLineTests {
    private let start = ContinuousClock.now

    @Test("It tells time, stage, step with its own time, and what the step printed last")
    func full() {
        var line = StatusLine(stage: "Building")
        line.step = ("nginx › build › install", start + .seconds(60))
        line.lastOutput = "Unpacking nginx"
        let text = line.text(at: start + .seconds(65), since: start, width: 100)
        #expect(text == "1:05  Building  nginx › build › install 0:05  │ Unpacking nginx")
    }

    @Test("It is never wider than the terminal, also with characters of two columns")
    func cut() {
        #expect(StatusLine.cut("Building", to: 5) == "Build")
        #expect(StatusLine.cut("漢字漢字", to: 5) == "漢字")
        #expect(StatusLine.cut("a › b", to: 5) == "a › b")
        #expect(StatusLine.cut("abc", to: 0) == "")
    }

    @Test("There is none when nothing goes on")
    func empty() {
        #expect(StatusLine().text(at: start, since: start, width: 80) == nil)
    }

    @Test("Clocks count hours too")
    func clock() {
        #expect(StatusLine.clock(.seconds(5)) == "0:05")
        #expect(StatusLine.clock(.seconds(3725)) == "1:02:05")
    }
}

@Suite("Lines of a stream") struct LineSplitterTests {
    @Test("Lines come whole wherever the pieces are cut, and the rest waits")
    func anywhere() {
        let text = Array("one\n\ntwo\r\nthree".utf8)
        for cut in 0...text.count {
            var splitter = LineSplitter()
            let lines = splitter.feed(Array(text[..<cut])) + splitter.feed(Array(text[cut...]))
            #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["one", "", "two\r"])
            #expect(splitter.takeRest() == Array("three".utf8))
            #expect(splitter.restCount == 0)
        }
    }
}

@Suite("Output on a terminal") struct HarmlessTests {
    @Test("What could steer the terminal is taken out, tabs and letters of all kinds stay")
    func harmless() {
        #expect(Terminal.harmless(Array("a\u{1b}[31mb\tü漢\u{7}\u{9b}".utf8)) == "a[31mb\tü漢")
        #expect(Terminal.harmless([0xff, 0x41]) == "\u{fffd}A")
    }
}
