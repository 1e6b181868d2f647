import HostSystem
import Testing

@Suite struct ShellWordTests {
    @Test(
        "What a shell takes as it is is shown as it is, anything else in quotes",
        arguments: [
            ("t.yaml", "t.yaml"), ("/a/b-c_1.yaml", "/a/b-c_1.yaml"), ("", "''"), ("a b", "'a b'"),
            ("it's", #"'it'\''s'"#), ("$HOME", "'$HOME'"), ("~", "'~'"), ("ä", "'ä'"),
        ])
    func shown(text: String, expected: String) {
        #expect(ShellWord.shown(text) == expected)
    }
}
