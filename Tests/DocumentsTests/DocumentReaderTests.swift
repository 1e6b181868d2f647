import Testing

@testable import Documents

@Suite("Reading YAML and JSON")
struct DocumentReaderTests {
    private func read(_ text: String, _ dialect: DocumentReader.Dialect = .plain) -> (DocumentNode?, [String]) {
        let diagnostics = Diagnostics()
        let node = DocumentReader(dialect: dialect, map: .file("d.yaml"), diagnostics: diagnostics).read(text)
        return (node, diagnostics.sorted.map(\.description))
    }

    static let broken = [
        Case("an empty text", "", "d.yaml:1:1: error: the document is empty"),
        Case("comments alone", "# nothing\n", "d.yaml:1:1: error: the document is empty"),
        Case(
            "a tab as indentation", "a:\n\tb: 1\n",
            "d.yaml:2:1: error: a tab cannot indent YAML (use spaces)"),
        Case(
            "a duplicate key", "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
            "d.yaml:5:3: error: the key 'c' stands twice in one mapping (it is first on line 3)"),
        Case(
            "a duplicate key in JSON", #"{"a": 1, "a": 2}"#,
            "d.yaml:1:2: error: the key 'a' stands twice in one mapping"),
        Case(
            "an unquoted expression", "a: {{ name }}\n",
            "d.yaml:1:5: error: a mapping key must be a name, found a mapping "
                + "(a text that starts with {{ must be quoted: '{{ name }}')"),
        Case(
            "a colon in a plain text", "a: one: two\n",
            "d.yaml:1:7: error: YAML syntax: mapping values are not allowed in this context "
                + "(a text with ': ' in it must be quoted, and keys of one mapping start in one column)"),
        Case(
            "an unclosed quote", "a: 'one\nb: 2\n",
            "d.yaml:3:1: error: YAML syntax: found unexpected end of stream "
                + "while scanning a quoted scalar that starts at line 1"),
        Case(
            "an unclosed brace in JSON", "{\"a\": [1, 2}\n",
            "d.yaml:1:12: error: YAML syntax: did not find expected ',' or ']' "
                + "while parsing a flow sequence that starts at line 1"),
        Case(
            "an undefined alias", "a: *missing\n",
            "d.yaml:1:4: error: YAML syntax: found undefined alias (a text that starts with * must be quoted)"),
        Case(
            "two documents", "a: 1\n---\nb: 2\n",
            "d.yaml:2:1: error: YAML syntax: but found another document expected a single document in the stream "
                + "that starts at line 1 (one file holds one document: take out the '---')"),
        Case(
            "a merge key", "a: &x {b: 1}\nc:\n  <<: *x\n",
            "d.yaml:3:3: error: YAML merge keys (<<) are not part of these documents (write the keys out)"),
        Case(
            "a tag", "a: !Ref b\n",
            "d.yaml:1:4: error: the tag !Ref has no meaning here (quote a text that starts with !)"),
        Case("a YAML type", "a: !!set {b}\n", "d.yaml:1:4: error: the YAML type set has no meaning here"),
        Case("a missing key", "? \n: 1\n", "d.yaml:1:2: error: a mapping key is missing"),
        Case(
            "a list as a key", "? [a, b]\n: 1\n",
            "d.yaml:1:3: error: a mapping key must be a name, found a list "
                + "(a text that starts with {{ must be quoted: '{{ name }}')"),
    ]

    @Test("a text that is no document gives one error with its place", arguments: broken)
    func syntax(_ test: Case) {
        let (node, problems) = read(test.text)
        #expect(node == nil)
        #expect(problems == test.expected)
    }

    @Test("an unknown function in a template is told with its nearest name")
    func unknownFunction() {
        #expect(
            read("a: !GetAttr b.c\n", .template).1
                == ["d.yaml:1:4: error: unknown function !GetAttr (did you mean '!GetAtt'?)"])
    }

    @Test("a control character gives one error")
    func control() {
        let problems = read("a: 1\nb: x\u{1}y\n").1
        #expect(problems == ["d.yaml:2:5: error: this is not readable as YAML: control characters are not allowed"])
    }

    @Test("nesting is bounded", arguments: [100, 100_000])
    func depth(_ depth: Int) {
        let (node, problems) = read(String(repeating: "[", count: depth))
        #expect(node == nil)
        #expect(problems.count == 1)
    }

    @Test("closed nesting past the bound is an error, not a crash")
    func closedDepth() {
        let text = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(read(text).1 == ["d.yaml:1:66: error: the document nests deeper than 64 levels"])
    }

    private static func laughs(_ last: String) -> String {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let references = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(references)]\n"
        }
        return text + last
    }

    @Test("aliases within aliases are bounded by what they expand to")
    func billionLaughs() {
        let (node, problems) = read(Self.laughs(""))
        #expect(node == nil)
        #expect(problems.count == 1)
        #expect(problems.first?.hasSuffix("error: the document holds more than 100000 values") ?? false)
    }

    @Test(
        "aliases as keys are refused before they are compared",
        arguments: ["? *a30\n: 1\n", "*a30 : 1\n", "{*a30 : 1}"])
    func billionLaughsAsKey(_ last: String) {
        let (node, problems) = read(Self.laughs(last))
        #expect(node == nil)
        #expect(problems.count == 1)
        #expect(
            problems.first?.hasSuffix("error: a mapping key must be a plain name, not an alias or a collection")
                ?? false)
    }

    @Test("a script that only looks like aliases and keys is read")
    func looksLikeAliases() {
        let text = "script: |\n  echo &nbsp; *bold* ${x}: [a] : *a : b\n"
        #expect(read(text).1 == [])
    }

    @Test("one line of a megabyte is read as fast as many lines")
    func longLine() throws {
        let text = "[" + Array(repeating: "\"0123456789\"", count: 50_000).joined(separator: ", ") + "]"
        #expect(try #require(read(text).0).elements?.count == 50_000)
    }

    @Test("an alias gives its value again, and templates are warned of it")
    func alias() {
        let text = "a: &x [1]\nb: *x\n"
        #expect(read(text).0?["b"] == read(text).0?["a"])
        #expect(read(text).1 == [])
        #expect(
            read(text, .template).1 == [
                "d.yaml:1:4: warning: this value is used again through a YAML alias, which CloudFormation does not take "
                    + "(write the value out where it is used)"
            ])
    }

    @Test("a text of more than 1 MB is refused unread")
    func size() {
        let problems = read("a: " + String(repeating: "x", count: 1_048_576)).1
        #expect(problems == ["d.yaml:1:1: error: the document is 1048579 bytes long; 1048576 is the most"])
    }

    @Test(
        "plain scalars have the types of YAML 1.1",
        arguments: [
            ("1", DocumentNode.Value.int(1)), ("-12", .int(-12)), ("0x1F", .int(31)), ("0644", .int(420)),
            ("0b101", .int(5)), ("1_000", .int(1000)), ("1.0", .double(1)), ("1e3", .double(1000)),
            (".5", .double(0.5)),
            ("true", .bool(true)), ("Yes", .bool(true)), ("off", .bool(false)), ("~", .null), ("null", .null),
            ("", .null),
            ("1.0.0", .string("1.0.0")), ("2010-09-09", .string("2010-09-09")), ("22:30", .string("22:30")),
            ("0x", .string("0x")), ("089", .string("089")), ("nan", .string("nan")), ("-x", .string("-x")),
            ("'1'", .string("1")), ("\"yes\"", .string("yes")), ("!!str 1", .string("1")),
            ("99999999999999999999", .double(99_999_999_999_999_999_999)),
        ])
    func types(_ text: String, _ expected: DocumentNode.Value) throws {
        #expect(try #require(read("a: \(text)\n").0?["a"]).value == expected)
    }

    @Test("a scalar keeps its text beside its type")
    func texts() {
        let node = read("a: [0644, 1.10, yes, 012345670123]\n").0
        #expect(node?["a"]?.elements?.map(\.text) == ["0644", "1.10", "yes", "012345670123"])
    }

    @Test("places inside texts follow how the text is written")
    func places() throws {
        let text = """
            plain: abc XYZ
            single: 'abc XYZ'
            tagged: !Sub "abc XYZ"
            literal: |
              one
                abc XYZ
            explicit: |2
                 abc XYZ
            folded: >
              abc
              XYZ
            escaped: "abc\\tXYZ"
            """
        let root = try #require(read(text, .template).0)
        func place(_ node: DocumentNode?) throws -> String {
            let node = try #require(node)
            let text = try #require(node.text)
            let range = try #require(text.firstRange(of: "XYZ"))
            return node.position(inside: text, at: range.lowerBound).description
        }
        #expect(try place(root["plain"]) == "d.yaml:1:12")
        #expect(try place(root["single"]) == "d.yaml:2:14")
        #expect(try place(root["tagged"]?["Fn::Sub"]) == "d.yaml:3:19")
        #expect(try place(root["literal"]) == "d.yaml:6:9")
        #expect(try place(root["explicit"]) == "d.yaml:8:10")
        #expect(try place(root["folded"]) == "d.yaml:9:9")
        #expect(try place(root["escaped"]) == "d.yaml:12:10")
    }

    @Test("bytes that are no text give one error with their place")
    func bytes() {
        func problem(_ bytes: [UInt8]) -> [String] {
            Problems.lines { () throws(DocumentFailure) in _ = try SourceText.decode(bytes, file: "d.yaml") }
        }
        #expect(
            problem(Array("a: é\nb: ".utf8) + [0xE9, 0x0A])
                == ["d.yaml:2:4: error: the file is not UTF-8 (save it as UTF-8)"])
        #expect(
            problem([0x61, 0x0A, 0x62, 0x00]) == ["d.yaml:2:2: error: the file is not a text: it holds a NUL byte"])
        #expect(problem([0xFF, 0xFE, 0x61, 0x00]) == ["d.yaml:1:1: error: the file is UTF-16 (save it as UTF-8)"])
        #expect((try? SourceText.decode([0xEF, 0xBB, 0xBF, 0x61], file: "d.yaml")) == "a")
    }
}
