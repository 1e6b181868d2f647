import Foundation
import Testing

@testable import ImageBuilderAPI

@Suite("JSON") struct JSONTests {
    @Test(
        "reads what JSON is",
        arguments: [
            ("null", JSONValue.null), (" [ 1 , -2.5e1,true,\n{} ] ", [1, .number(-25), true, [:]]),
            (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"), (#"{"a":1,"a":{"b":[]}}"#, ["a": ["b": []]]),
            ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("0", 0), ("-0", 0), ("\"\u{e9}\"", "é"),
        ] as [(String, JSONValue)])
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
        #expect(try JSONParser.parse(value.bytes) == value)
    }

    @Test(
        "refuses what it is not",
        arguments: [
            "", "{", "[1,]", "{\"a\"}", "{a:1}", "01", "1.", "+1", "1e", "nul", "\"\u{1}\"", #""\ud800""#, #""\u+123""#,
            #""\x""#, "1 2", "\"", "1e999", "[1 2]", "{\"a\":1,}",
        ])
    func refuses(_ text: String) { #expect(throws: JSONParser.Fault.self) { try JSONParser.parse(Array(text.utf8)) } }

    @Test("refuses bytes that are no UTF-8, and what is deeper than anything that is meant")
    func bounds() {
        #expect(throws: JSONParser.Fault.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONParser.Fault.self) { try JSONParser.parse(deep) }
    }

    @Test("writes the same value as the same bytes")
    func writes() {
        let value: JSONValue = ["b": ["\u{1}\"\\\n"], "a": [.number(1.5), 2, .null, false]]
        #expect(String(decoding: value.bytes, as: UTF8.self) == #"{"a":[1.5,2,null,false],"b":["\u0001\"\\\n"]}"#)
    }

    @Test("dates of HTTP are what AWS's clients read")
    func dates() throws {
        #expect(HTTPDate.text(Date(timeIntervalSince1970: 1_369_353_600)) == "Fri, 24 May 2013 00:00:00 GMT")
        #expect(HTTPDate.text(Date(timeIntervalSince1970: 1_583_020_799.9)) == "Sat, 29 Feb 2020 23:59:59 GMT")
    }
}
