import Failures
import Guests
import Testing

@testable import Components

@Suite struct ActionInputTests {
    @Test(
        "A wildcard stands for any run of bytes and nothing else is special",
        arguments: [
            ("*", "", true), ("*", "anything", true), ("*log", "a.log", true), ("*log", "a.logs", false),
            ("Sample*", "Sample", true), ("Sample*", "ASample", false), ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false), ("a?c", "abc", false), ("[ab]*", "a", false), ("[ab]*", "[ab]x", true),
            ("plain", "plain", true), ("plain", "plain2", false), ("**", "x", true), ("ü*", "ü1", true), ("", "", true),
            ("", "x", false), ("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ])
    func wildcard(pattern: String, name: String, fits: Bool) {
        #expect(Wildcard(pattern).matches(name) == fits)
    }

    @Test("A value of the wrong kind is an error that names the input and what was expected")
    func wrongKinds() throws {
        let input = ActionInput(
            ["flag": "perhaps", "list": ["a", ["b"]], "map": ["k": "v"], "empty": "", "number": "12x"],
            place: "inputs[3]")
        func message<Value>(_ body: () throws -> Value) -> String? {
            do { _ = try body() } catch let failure as ActionFailure { return failure.message } catch {}
            return nil
        }
        #expect(
            message { try input.bool("flag", default: true) } == "inputs[3].flag is \"perhaps\", expected true or false"
        )
        #expect(message { try input.strings("list") } == "inputs[3].list[1] is a list, expected a string")
        #expect(message { try input.strings("map") } == "inputs[3].map is a mapping, expected a list of strings")
        #expect(message { try input.string("empty") } == "inputs[3].empty is empty, expected a string")
        #expect(message { try input.string("none") } == "inputs[3].none is missing, expected a string")
        #expect(
            message { try input.integer("number", default: 0, in: 0...9) }
                == "inputs[3].number is \"12x\", expected a whole number from 0 to 9")
        #expect(try input.bool("none", default: true))
        #expect(message { try ActionValue.text("x").inputs() } == "inputs is \"x\", expected a list of mappings")
        #expect(try (["a": "b"] as ActionValue).inputs().count == 1)
    }

    @Test(
        "Encodings go by each name that the user guide gives, in any case",
        arguments: [
            ("utf8", TextEncoding.utf8), ("UTF-8", .utf8), ("utf16", .utf16LittleEndian),
            ("UTF-16-LE", .utf16LittleEndian),
            ("utf16-BE", .utf16BigEndian), ("utf-32", .utf32LittleEndian), ("Utf-32-be", .utf32BigEndian),
        ])
    func encodings(name: String, encoding: TextEncoding) throws {
        #expect(try ActionInput(["encoding": .text(name)], place: "inputs").encoding() == encoding)
        let text = "aü€😀\n"
        #expect(encoding.decode(encoding.encode(text)) == text)
        #expect(encoding.decode(encoding.encode("\u{FEFF}" + text)) == text)
    }

    @Test("Bytes that are none of an encoding are not decoded")
    func notText() {
        #expect(TextEncoding.utf8.decode([0x61, 0xff]) == nil)
        #expect(TextEncoding.utf16LittleEndian.decode([0x61]) == nil)
        #expect(TextEncoding.utf16BigEndian.decode([0xd8, 0x00, 0x00, 0x61]) == nil)
        #expect(TextEncoding.utf32LittleEndian.decode([0, 0, 0x11, 0]) == nil)
    }

    @Test("Users and groups are found by name before number")
    func accounts() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n1000:x:5:6::/:/bin/sh\nu:x:1000:7::/:/bin/sh\nbroken\n"
        #expect(GuestAccounts.find("u", in: passwd)?[2] == "1000")
        #expect(GuestAccounts.find("1000", in: passwd)?[2] == "5")
        #expect(GuestAccounts.find("0", in: passwd)?[0] == "root")
        #expect(GuestAccounts.find("x", in: passwd) == nil)
        #expect(GuestAccounts.find("broken", in: passwd) == nil)
    }

    @Test("An object's place below a folder cannot be outside it")
    func keys() throws {
        #expect(try S3Download.relative("path/to/a/b.zip", to: "path/to/") == "a/b.zip")
        #expect(try S3Download.relative("path/top.zip", to: "path/to") == "top.zip")
        #expect(try S3Download.relative("a//b", to: "") == "a/b")
        for key in ["p/../../etc/passwd", "p/..", "p/", "p/./x"] {
            #expect(throws: ActionFailure.self) { try S3Download.relative(key, to: "p/") }
        }
    }

    @Test("A URL is shown without its query and password")
    func urls() {
        #expect(ShownURL.text("https://u:p@h/x.zip?X-Amz-Signature=abc#f") == "https://h/x.zip?…")
        #expect(ShownURL.text("http://h/x.zip") == "http://h/x.zip")
    }
}
