import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage
import Testing

@testable import Components

@Suite(.serialized, .enabled(if: ActionTestGuest.isThere)) struct RealActionTests {
    @Test("Each action does on a guest what the user guide says, and fails as it says", .timeLimit(.minutes(15)))
    func allActions() async throws {
        try await ActionTestGuest.with { bench, folder in
            try await bench.bash("mkdir /t; useradd -m -G users linuxuser; groupadd linuxgroup")
            try await create(bench)
            try await read(bench)
            try await copyFiles(bench)
            try await copyFolders(bench)
            try await move(bench)
            try await link(bench)
            try await delete(bench)
            try await owners(bench)
            try await permissions(bench)
            try await execute(bench)
            try await limits(bench)
            try await s3(bench, folder)
            try await web(bench)
            try await updates(bench)
        }
    }

    // MARK: Creating and reading

    func create(_ bench: ActionBench) async throws {
        try await bench.run(
            .createFile,
            [
                ["path": "/t/new/folder/a b'\"$x\n.txt", "content": "ABCD\nRandom\tvalues"],
                ["path": "/t/p", "content": "x", "permissions": "0777", "owner": "linuxuser", "group": "linuxgroup"],
                ["path": "/t/numbers", "owner": "4321", "group": "8765", "permissions": "600"],
                ["path": "/t/ü16", "content": "aü€😀", "encoding": "UTF-16"],
                ["path": "/t/32be", "content": "a😀", "encoding": "utf32-BE"],
            ])
        try await bench.bash(
            #"""
            test "$(cat $'/t/new/folder/a b\'"$x\n.txt')" = $'ABCD\nRandom\tvalues'
            test "$(stat -c '%a %U %G' /t/p)" = "777 linuxuser linuxgroup"
            test "$(stat -c '%a %u %g %s' /t/numbers)" = "600 4321 8765 0"
            test "$(stat -c '%a %U' $'/t/new/folder/a b\'"$x\n.txt')" = "644 root"
            test "$(iconv -f UTF-16LE -t UTF-8 /t/ü16)" = 'aü€😀'
            test "$(iconv -f UTF-32BE -t UTF-8 /t/32be)" = 'a😀'
            """#)
        // Written over: what is not given stays, and a link is written through.
        try await bench.bash("ln -s p /t/link-to-p; chmod 4755 /t/p")
        try await bench.run(.createFile, [["path": "/t/link-to-p", "content": "second"]])
        try await bench.bash(
            #"test "$(cat /t/p)" = second; test -L /t/link-to-p; test "$(stat -c '%a %U %G' /t/p)" = "4755 linuxuser linuxgroup""#
        )
        await bench.fails(
            .createFile, [["path": "/t/p", "content": "third", "overwrite": "false"]], .fileError, saying: "overwrite")
        await bench.fails(.createFile, [["path": "/t/new"]], .fileError, saying: "is a folder")
        await bench.fails(.createFile, [["path": "/t/p/below"]], .fileError, saying: "not a folder")
        await bench.fails(.createFile, [["path": "/t/q", "owner": "nobody-there"]], .fileError, saying: "nobody-there")
        await bench.fails(.createFile, [["path": "/t/q", "permissions": "rwx"]], .invalidInput, saying: "octal")
        await bench.fails(.createFile, [["path": "/t/q", "encoding": "latin1"]], .invalidInput, saying: "encoding")
        // The first failure ends the step; what was done before it stays. Of inputs that are none nothing is done.
        await bench.fails(.createFile, [["path": "/t/first"], ["path": "/t/new"], ["path": "/t/last"]], .fileError)
        await bench.fails(.createFile, [["path": "/t/q"], ["content": "no path"]], .invalidInput, saying: "inputs[1]")
        try await bench.bash("test -f /t/first; test ! -e /t/last; test ! -e /t/q; test $(cat /t/p) = second")

        try await bench.run(
            .createFolder,
            [["path": "/t/f1/f2/"], ["path": "/t/f3", "owner": "linuxuser", "group": "users", "permissions": "0777"]])
        try await bench.bash(
            #"test "$(stat -c '%a %U' /t/f1/f2)" = "755 root"; test "$(stat -c '%a %U %G' /t/f3)" = "777 linuxuser users""#
        )
        try await bench.bash("touch /t/f3/kept")
        try await bench.run(.createFolder, [["path": "/t/f3", "permissions": "750"]])
        try await bench.bash(#"test -f /t/f3/kept; test "$(stat -c %a /t/f3)" = 750"#)
        await bench.fails(.createFolder, [["path": "/t/f3", "overwrite": "false"]], .fileError, saying: "overwrite")
        await bench.fails(.createFolder, [["path": "/t/p"]], .fileError, saying: "not a folder")

        // Relative paths are relative to the working directory.
        var relative = bench
        relative.workingDirectory = "/t/f1"
        try await relative.run(.createFile, [["path": "./Sample.txt", "content": "one"]])
        try await relative.run(.appendFile, [["path": "Sample.txt", "content": " two\n"], ["path": "Sample.txt"]])
        try await bench.run(.appendFile, [["path": "/t/ü16", "content": "ß", "encoding": "utf16-LE"]])
        try await bench.bash(
            #"test "$(cat /t/f1/Sample.txt)" = "one two"; test "$(iconv -f UTF-16LE -t UTF-8 /t/ü16)" = 'aü€😀ß'"#)
        await bench.fails(.appendFile, [["path": "/t/none", "content": "x"]], .fileError, saying: "No such file")
        await bench.fails(.appendFile, [["path": "/t/f1", "content": "x"]], .fileError)
    }

    func read(_ bench: ActionBench) async throws {
        try await bench.bash(
            "ln -s 32be /t/to-32; printf '\\377\\376a\\0' > /t/bom; head -c 2000000 /dev/zero > /t/big")
        let output = try await bench.run(
            .readFile,
            [
                ["path": "/t/f1/Sample.txt", "printFileContent": "true"],
                ["path": "/t/to-32", "encoding": "UTF-32-be"],
                ["path": "/t/bom", "encoding": "utf16"],
            ])
        #expect(output.value(named: "content") == "one two\n")
        #expect(output.value(named: "content", at: 1) == "a😀")
        #expect(output.value(named: "content", at: 2) == "a")
        #expect(bench.log.output.contains("one two\n") && !bench.log.output.contains("a😀"))
        await bench.fails(.readFile, [["path": "/t/none"]], .fileError, saying: "No such file")
        await bench.fails(.readFile, [["path": "/t"]], .fileError)
        await bench.fails(.readFile, [["path": "/t/bom"]], .fileError, saying: "not text")
        await bench.fails(.readFile, [["path": "/t/big"]], .fileError, saying: "longer than")

        try await bench.bash(
            "mkdir -p /t/ls/sub/deep; cd /t/ls; touch a.log b.txt .c.log sub/d.log sub/deep/e.log; ln -s sub link; ln -s no dangling.log"
        )
        let list = try await bench.run(
            .listFiles,
            [
                ["path": "/t/ls/"], ["path": "/t/ls", "fileNamePattern": "*log", "recursive": "true"],
                ["path": "/t/ls", "fileNamePattern": "a*"], ["path": "/t/ls", "fileNamePattern": "none*"],
            ])
        #expect(
            list.value(named: "files") == "/t/ls/.c.log,/t/ls/a.log,/t/ls/b.txt,/t/ls/dangling.log")
        #expect(
            list.value(named: "files", at: 1)
                == "/t/ls/.c.log,/t/ls/a.log,/t/ls/dangling.log,/t/ls/sub/d.log,/t/ls/sub/deep/e.log")
        #expect(list.value(named: "files", at: 2) == "/t/ls/a.log")
        #expect(list.value(named: "files", at: 3) == "")
        await bench.fails(.listFiles, [["path": "/t/none"]], .fileError, saying: "No such file")
        await bench.fails(.listFiles, [["path": "/t/p"]], .fileError, saying: "not a folder")

        try await bench.bash("printf 'aü€😀\\n' > /t/enc; chmod 640 /t/enc; chown linuxuser /t/enc; ln -s enc /t/to-enc")
        try await bench.run(.setFileEncoding, [["path": "/t/to-enc", "encoding": "UTF-16-BE"]])
        try await bench.bash(
            #"test "$(iconv -f UTF-16BE -t UTF-8 /t/enc)" = 'aü€😀'; test "$(stat -c '%a %U' /t/enc)" = "640 linuxuser"; test -L /t/to-enc"#
        )
        try await bench.bash("printf 'good\\377' > /t/bad")
        await bench.fails(.setFileEncoding, [["path": "/t/bad", "encoding": "utf-32"]], .fileError, saying: "byte 4")
        await bench.fails(.setFileEncoding, [["path": "/t/none"]], .fileError, saying: "No such file")
        try await bench.bash("test $(stat -c %s /t/bad) = 5; ! ls -A /t | grep -F .kiln")
    }

    // MARK: Copying and moving

    func copyFiles(_ bench: ActionBench) async throws {
        try await bench.bash(
            "mkdir /t/src /t/dst; cd /t/src; for n in 1 2 3; do echo $n > 'Sample '$n; done; echo o > other; chmod 755 'Sample 1'; mkdir SampleFolder; echo é > 'Sampleé'; mkfifo pipe; ln -s none dangling"
        )
        try await bench.run(
            .copyFile,
            [
                ["source": "/t/src/Sample 1", "destination": "/t/dst/made/renamed"],
                ["source": "/t/src/other", "destination": "/t/dst/"],
                ["source": "/t/src/Sample*", "destination": "/t/dst/all/"],
                ["source": "/t/src/o*", "destination": "/t/dst/one"],
            ])
        try await bench.bash(
            #"cd /t/dst; test "$(cat made/renamed other one)" = $'1\no\no'; test "$(stat -c %a made/renamed)" = 755; test "$(ls all | wc -l)" = 4; test "$(cat all/Sampleé)" = é"#
        )
        try await bench.run(.copyFile, [["source": "/t/src/Sample 2", "destination": "/t/dst/made/renamed"]])
        try await bench.bash(#"test "$(cat /t/dst/made/renamed)" = 2; test "$(stat -c %a /t/dst/made/renamed)" = 755"#)
        for (source, destination, words) in [
            ("/t/src/none", "/t/dst/x", "No such file"), ("/t/src/none*", "/t/dst/", "matches"),
            ("/t/src/other", "/t/dst/made", "is a folder"), ("/t/src/SampleFolder", "/t/dst/x", "is a folder"),
            ("/t/src/pipe", "/t/dst/x", "not a regular file"), ("/t/src/dangling", "/t/dst/x", "No such file"),
            ("/t/src/other", "/t/src/other", "itself"), ("/t/src/d*", "/t/dst/", "No such file"),
        ] {
            await bench.fails(
                .copyFile, [["source": .text(source), "destination": .text(destination)]], .fileError, saying: words)
        }
        await bench.fails(
            .copyFile, [["source": "/t/src/other", "destination": "/t/dst/one", "overwrite": "false"]], .fileError,
            saying: "overwrite")
        await bench.fails(
            .copyFile, [["source": "/t/src/Sample*", "destination": "/t/dst/x"]], .invalidInput, saying: "end with /")
        await bench.fails(
            .copyFile, [["source": "/t/*/other", "destination": "/t/dst/x"]], .invalidInput, saying: "wildcard")
        await bench.fails(
            .copyFile, [["source": "/t/src/other", "destination": "/t/dst/x", "overwrite": "maybe"]], .invalidInput,
            saying: "true or false")
        try await bench.bash("test ! -e /t/dst/x; ! find /t -name '.kiln*' | grep .")
        // A name that is no UTF-8 is matched and copied all the same.
        try await bench.bash("touch $'/t/src/raw\\377'")
        try await bench.run(.copyFile, [["source": "/t/src/raw*", "destination": "/t/dst/raw/"]])
        try await bench.bash("test -f $'/t/dst/raw/raw\\377'")
    }

    func copyFolders(_ bench: ActionBench) async throws {
        try await bench.bash(
            "mkdir -p /t/tree/sub/empty; cd /t/tree; echo a > a; echo b > sub/b; chmod 750 sub; ln -s ../a sub/up; ln -s /etc etc; mkdir /t/tree2; touch /t/tree2/z"
        )
        try await bench.run(
            .copyFolder,
            [
                ["source": "/t/tree", "destination": "/t/cp/renamed"],
                ["source": "/t/tree/", "destination": "/t/cp/in/"],
                ["source": "/t/tree*", "destination": "/t/cp/all/"],
            ])
        try await bench.bash(
            #"diff -r --no-dereference /t/tree /t/cp/renamed; diff -r --no-dereference /t/tree /t/cp/in/tree; ls /t/cp/all/tree2/z /t/cp/all/tree/a; test -L /t/cp/renamed/etc; test "$(readlink /t/cp/renamed/sub/up)" = ../a; test "$(stat -c %a /t/cp/renamed/sub)" = 750"#
        )
        // Into one that is there: files of the same name are replaced, others stay.
        try await bench.bash("echo mine > /t/cp/renamed/mine; echo old > /t/cp/renamed/a")
        try await bench.run(.copyFolder, [["source": "/t/tree", "destination": "/t/cp/renamed"]])
        try await bench.bash(#"test "$(cat /t/cp/renamed/mine /t/cp/renamed/a)" = $'mine\na'"#)
        await bench.fails(
            .copyFolder, [["source": "/t/tree", "destination": "/t/cp/renamed", "overwrite": "false"]], .fileError,
            saying: "overwrite")
        for (source, destination, words) in [
            ("/t/none", "/t/x", "No such file"), ("/t/none*", "/t/x/", "matches"), ("/t/p", "/t/x", "not a folder"),
            ("/t/tree", "/t/tree/sub/in", "inside"), ("/t/tree", "/t/tree", "itself"),
            ("/t/tree", "/t/p", "not a folder"),
            ("/t/cp", "/t/cp/renamed/sub/", "inside"),
        ] {
            await bench.fails(
                .copyFolder, [["source": .text(source), "destination": .text(destination)]], .fileError, saying: words)
        }
        try await bench.bash("test ! -e /t/x; test ! -e /t/tree/sub/in; ! find /t -name '.kiln*' | grep .")
    }

    func move(_ bench: ActionBench) async throws {
        try await bench.bash(
            "mkdir /t/mv /t/other-fs; mount -t tmpfs tmpfs /t/other-fs; cd /t/mv; for n in a1 a2 b; do echo $n > $n; done; chown linuxuser:users b; chmod 4711 b; touch -d 2001-02-03 b; ln -s b l; setfattr -h -n user.x -v y b 2>/dev/null || true"
        )
        try await bench.run(
            .moveFile,
            [
                ["source": "/t/mv/a*", "destination": "/t/mv/to/"],
                ["source": "/t/mv/b", "destination": "/t/other-fs/c/b2"],
                ["source": "/t/mv/l", "destination": "/t/other-fs/"],
            ])
        try await bench.bash(
            #"test "$(ls /t/mv)" = to; test "$(cat /t/mv/to/*)" = $'a1\na2'; cd /t/other-fs; test "$(stat -c '%a %U %G %Y' c/b2)" = "4711 linuxuser users $(date -d 2001-02-03 +%s)"; test "$(readlink l)" = b"#
        )
        await bench.fails(
            .moveFile, [["source": "/t/mv/to/a1", "destination": "/t/mv/to/a2", "overwrite": "false"]], .fileError,
            saying: "overwrite")
        await bench.fails(
            .moveFile, [["source": "/t/mv/none", "destination": "/t/x"]], .fileError, saying: "No such file")
        await bench.fails(
            .moveFile, [["source": "/t/mv/to", "destination": "/t/x"]], .fileError, saying: "is a folder")
        await bench.fails(
            .moveFile, [["source": "/t/mv/to/a1", "destination": "/t/mv"]], .fileError, saying: "is a folder")
        try await bench.run(.moveFile, [["source": "/t/mv/to/a1", "destination": "/t/mv/to/a2"]])
        try await bench.bash(#"test "$(cat /t/mv/to/*)" = a1"#)

        try await bench.bash(
            "mkdir -p /t/mf/one/sub /t/mf/two /t/mf/there/sub; cd /t/mf; echo 1 > one/x; echo 1 > one/sub/y; echo old > there/x; echo keep > there/sub/k"
        )
        try await bench.run(.moveFolder, [["source": "/t/mf/one", "destination": "/t/mf/there"]])
        try await bench.bash(#"cd /t/mf; test ! -e one; test "$(cat there/x there/sub/y there/sub/k)" = $'1\n1\nkeep'"#)
        try await bench.run(
            .moveFolder,
            [
                ["source": "/t/mf/t*", "destination": "/t/mf/all/"],
                ["source": "/t/mf/all", "destination": "/t/other-fs/all"],
            ])
        try await bench.bash(
            #"test ! -e /t/mf/all; ls /t/other-fs/all/two; test "$(cat /t/other-fs/all/there/sub/k)" = keep"#)
        await bench.fails(
            .moveFolder, [["source": "/t/other-fs/all", "destination": "/t/other-fs/all/two/in"]], .fileError,
            saying: "inside")
        await bench.fails(
            .moveFolder, [["source": "/t/mf", "destination": "/t/mv", "overwrite": "false"]], .fileError,
            saying: "overwrite")
        await bench.fails(
            .moveFolder, [["source": "/t/none", "destination": "/t/x"]], .fileError, saying: "No such file")
        await bench.fails(.moveFolder, [["source": "/t/p", "destination": "/t/x"]], .fileError, saying: "not a folder")
        // A disk that is full leaves nothing half-written.
        try await bench.bash("mkdir /t/small; mount -t tmpfs -o size=64k tmpfs /t/small")
        await bench.fails(
            .copyFile, [["source": "/t/big", "destination": "/t/small/"]], .fileError, saying: "No space left")
        try await bench.bash("test -z \"$(ls -A /t/small)\"")
    }
}
