import Documents
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
        func message(_ module: ActionModule, _ inputs: ResolvedInput?) -> String? {
            do { _ = try module.read(inputs) } catch {
                #expect(error.code == .invalidInput)
                return error.message
            }
            return nil
        }
        #expect(
            message(.copyFile, [["source": "a", "destination": "b"], ["source": "c", "destination": ["d"]]])
                == "'destination' of inputs[1] must be a text, found a list")
        #expect(message(.deleteFile, [["path": ""]]) == "'path' of inputs[0] is empty")
        #expect(message(.deleteFile, [[:]]) == "'path' of inputs[0] is missing")
        #expect(message(.deleteFile, ["x"]) == "inputs[0] must be a mapping, found 'x'")
        #expect(message(.deleteFile, nil) == "its inputs must be a list")
        #expect(
            message(.executeBash, ["commands": ["a", ["b"]]])
                == "'commands' of its inputs must be made of texts, found a list")
        #expect(
            message(.updateOS, ["include": ["a": "b"]]) == "'include' of its inputs must be a list, found a mapping")
        #expect(message(.createFile, [["path": "/a", "content": ""]]) == nil)
        #expect(message(.reboot, nil) == nil && message(.updateOS, nil) == nil)
    }

    @Test(
        "Encodings go by each name that the user guide gives, in any case",
        arguments: [
            ("utf8", TextEncoding.utf8), ("UTF-8", .utf8), ("utf16", .utf16LittleEndian),
            ("UTF-16-LE", .utf16LittleEndian),
            ("utf16-BE", .utf16BigEndian), ("utf-32", .utf32LittleEndian), ("Utf-32-be", .utf32BigEndian),
        ])
    func encodings(name: String, encoding: TextEncoding) throws {
        let inputs = try ActionModule.readFile.read([["path": "/a", "encoding": .text(name)]])
        #expect(inputs.only.encoding == encoding)
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
