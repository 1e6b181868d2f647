import Testing

@testable import Documents

@Suite("Reading of scripts")
struct ShellScriptTests {
    static let scripts: [(text: String, commands: [[String]])] = [
        ("", []), ("# only a comment", []), ("ls -l /tmp", [["ls", "-l", "/tmp"]]),
        ("a; b && c || d | e & f", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("echo 'a; b' \"c | d\" e\\ f", [["echo", "a; b", "c | d", "e f"]]),
        ("a \\\n  b\nc", [["a", "b"], ["c"]]),
        ("A=1 B='2 3' env C=4 run # not this", [["run"]]),
        ("cat <<'EOF' > /tmp/x\nreboot\nEOF\nls", [["cat", ">", "/tmp/x"], ["ls"]]),
        ("cat <<-END\n\treboot\n\tEND\nls", [["cat"], ["ls"]]),
        ("cat <<EOF\nnever ends\nreboot", [["cat"]]),
        ("if test -f a; then b; else c; fi", [["test", "-f", "a"], ["b"], ["c"], ["fi"]]),
        ("x=$(a; b | c) run $(d) `e; f`", [["run", "$(d)", "`e; f`"]]),
        ("a 2>&1 &>b", [["a", "2>&1", "&>b"]]),
        ("sudo -E apt-get update", [["apt-get", "update"]]), ("sudo -u me ls", [["ls"]]),
        ("cat <<< text", [["cat", "text"]]),
        ("echo a#b ${c}", [["echo", "a#b", "${c}"]]),
        ("get() {\n  a\n}\nget", [["a"], ["get"]]), ("function f {\n  a\n}\nf", [["a"], ["f"]]),
        ("(a; b)", [["a"], ["b"]]),
        ("case $x in\n  'a b'*) c ;;\n  *) d ;;\nesac", [["case", "$x", "in"], ["c"], ["d"], ["esac"]]), ("f()", []),
        ("'unclosed", [["unclosed"]]), ("a $(unclosed", [["a", "$(unclosed"]]), ("<<", []), ("\\", []), ("sudo -u", []),
    ]

    @Test("finds its commands and their words", arguments: scripts)
    func words(_ text: String, _ commands: [[String]]) {
        #expect(ShellScript(text).commands.map(\.words) == commands)
    }

    @Test("knows which failures are looked at")
    func checked() {
        let inside = ShellScript("f() {\n  a\n  if b; then { c; }; fi\n  d\n}\ne\nf").commands
        #expect(inside.filter { !$0.isChecked }.map(\.name) == ["e", "f"])
        let commands = ShellScript("a && b\nif c; then d; fi\ne | f\ng || h\n! i").commands
        #expect(commands.filter(\.isChecked).map(\.name) == ["a", "c", "g", "i"])
        #expect(commands.filter(\.isPiped).map(\.name) == ["f"])
        #expect(commands.filter { !$0.isFollowed }.map(\.name) == ["i"])
    }

    @Test(
        "knows whether it stops at a failure",
        arguments: [
            ("set -e\nls", true), ("set -euo pipefail", true), ("set -o errexit", true), ("trap 'exit 1' ERR", true),
            ("set -x", false), ("ls -e", false), ("echo 'set -e'", false),
        ])
    func stops(_ text: String, _ expected: Bool) {
        #expect(ShellScript(text).stopsAtFailure == expected)
    }

    @Test("places each command where it begins")
    func places() {
        let text = "ä; sudo reboot\n  ls"
        #expect(ShellScript(text).commands.map { String(text[$0.start...].prefix(4)) } == ["ä; s", "sudo", "ls"])
    }
}
