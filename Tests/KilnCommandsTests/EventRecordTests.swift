import Builds
import Foundation
import SystemPackage
import Testing

@testable import Components

@Suite("Events of a build") struct EventRecordTests {
    private let time = Date(timeIntervalSince1970: 1_795_553_888.125)

    @Test("A step's end is one line of JSON with numbers as numbers, and comes back as it was")
    func step() throws {
        let result = StepResult(
            status: .failed, exitCode: 3, attempts: 2, seconds: 1.5, reason: "exit code 3", lastLines: ["x"],
            log: "/logs/a.log")
        let name = StepName(component: "nginx", phase: "build", step: "install")
        let record = try #require(EventRecord(.step(.ended(name, result)), time: time, elapsed: 9.25))
        let line = try record.line
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"attempt":2,"component":"nginx","elapsed":9.25,"event":"stepEnded","exitCode":3,"log":"/logs/a.log","#
                + #""phase":"build","reason":"exit code 3","seconds":1.5,"status":"failed","step":"install","#
                + #""time":"2026-11-24T20:58:08.125Z"}"#)
        #expect(EventRecord(line: line) == record)
    }

    @Test("Output is not an event, and half a line is none")
    func others() {
        let name = StepName(component: "c", phase: "p", step: "s")
        #expect(EventRecord(.step(.output(name, [1])), time: time, elapsed: 0) == nil)
        #expect(EventRecord(line: Array(#"{"event":"note","ti"#.utf8)) == nil)
    }
}
