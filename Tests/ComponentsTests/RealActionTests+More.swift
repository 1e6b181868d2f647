import Documents
import Failures
import Guests
import SystemPackage
import Testing

@testable import Components

extension RealActionTests {
    func link(_ bench: ActionBench) async throws {
        try await bench.run(
            .createSymlink,
            [["path": "/t/ln/new/l", "target": "/t/p"], ["path": "/t/ln/relative", "target": "../p"]])
        try await bench.bash(#"test "$(readlink /t/ln/new/l)" = /t/p; test "$(cat /t/ln/relative)" = second"#)
        await bench.fails(.createSymlink, [["path": "/t/ln/new/l", "target": "/t/enc"]], .fileError, saying: "force")
        try await bench.run(.createSymlink, [["path": "/t/ln/new/l", "target": "/t/enc", "force": "true"]])
        try await bench.bash(#"test "$(readlink /t/ln/new/l)" = /t/enc"#)
        await bench.fails(
            .createSymlink, [["path": "/t/ln/x", "target": "/t/none"]], .fileError, saying: "target of the link")
        await bench.fails(
            .createSymlink, [["path": "/t/p", "target": "/t/enc", "force": "true"]], .fileError,
            saying: "not a symbolic link")
        try await bench.bash("test -f /t/p; test ! -L /t/p; test ! -e /t/ln/x")
    }

    func delete(_ bench: ActionBench) async throws {
        try await bench.bash(
            "mkdir -p /t/rm/d.log /t/rm/keep; cd /t/rm; touch a.log 'b c.log' d e; ln -s keep l.log; ln -s none x.log; echo k > keep/k"
        )
        try await bench.run(.deleteFile, [["path": "/t/rm/d"], ["path": "/t/rm/x.log"], ["path": "/t/rm/*c.log"]])
        try await bench.run(.deleteFile, [["path": "/t/rm/*.log"], ["path": "/t/rm/none*"]])
        try await bench.bash(#"test "$(ls /t/rm | xargs)" = "d.log e keep l.log""#)
        try await bench.run(.deleteFile, [["path": "/t/rm/l.log"]])
        await bench.fails(.deleteFile, [["path": "/t/rm/none"]], .fileError, saying: "No such file")
        await bench.fails(.deleteFile, [["path": "/t/rm/keep"]], .fileError, saying: "is a folder")
        await bench.fails(.deleteFile, [["path": "/t/none/*"]], .fileError, saying: "No such file")

        await bench.fails(.deleteFolder, [["path": "/t/rm/keep"]], .fileError, saying: "not empty")
        try await bench.run(.deleteFolder, [["path": "/t/rm/d.log/"]])
        // What a link leads to stays, and so does a file system that is mounted below.
        try await bench.bash(
            "mkdir -p /t/rmf/in/deep /t/outside; touch /t/outside/safe /t/rmf/in/deep/x; ln -s /t/outside /t/rmf/in/link"
        )
        try await bench.run(.deleteFolder, [["path": "/t/rmf/", "force": "true"]])
        try await bench.bash(
            "test ! -e /t/rmf; test -f /t/outside/safe; mkdir -p /t/mnt/m; mount -t tmpfs tmpfs /t/mnt/m; touch /t/mnt/m/safe; ln -s outside /t/to-outside"
        )
        await bench.fails(
            .deleteFolder, [["path": "/t/mnt", "force": "true"]], .fileError, saying: "another file system")
        await bench.fails(
            .deleteFolder, [["path": "/t/to-outside", "force": "true"]], .fileError, saying: "not a folder")
        await bench.fails(.deleteFolder, [["path": "/t/none"]], .fileError, saying: "No such file")
        await bench.fails(.deleteFolder, [["path": "/", "force": "true"]], .fileError, saying: "root")
        try await bench.bash("test -f /t/mnt/m/safe; test -f /t/outside/safe")
        // Deeper than the path that one call may take.
        try await bench.bash(
            "mkdir /t/deep; cd /t/deep; part=$(printf 'aaaaaaaaaaaaaaaaaaaa/%.0s' {1..30}); for n in {1..10}; do mkdir -p $part; cd $part; done; touch end"
        )
        try await bench.run(.copyFolder, [["source": "/t/deep", "destination": "/t/deep2"]])
        try await bench.run(.deleteFolder, [["path": "/t/deep", "force": "true"]])
        try await bench.bash("test ! -e /t/deep; find /t/deep2 | wc -l | grep -x 302")
    }

    func owners(_ bench: ActionBench) async throws {
        try await bench.bash("mkdir -p /t/own/d; cd /t/own; touch f d/g; ln -s f l; ln -s /t/p d/out")
        try await bench.run(
            .setFileOwner,
            [
                ["path": "/t/own/f", "owner": "linuxuser", "group": "linuxgroup"],
                ["path": "/t/own/d/g", "owner": "linuxuser"],
            ])
        try await bench.bash(
            #"test "$(stat -c %U:%G /t/own/f)" = linuxuser:linuxgroup; test "$(stat -c %U:%G /t/own/d/g)" = linuxuser:linuxuser"#
        )
        try await bench.run(.setFileOwner, [["path": "/t/own/l", "owner": "root"]])
        try await bench.bash(#"test "$(stat -c %U:%G /t/own/f)" = root:root"#)
        let before = try await bench.bash("stat -c %U:%G /t/p")
        try await bench.run(.setFolderOwner, [["path": "/t/own/", "owner": "linuxuser", "recursive": "false"]])
        try await bench.bash(#"test "$(stat -c %U /t/own /t/own/f | xargs)" = "linuxuser root""#)
        try await bench.run(.setFolderOwner, [["path": "/t/own", "owner": "linuxuser", "group": "users"]])
        try await bench.bash(#"test "$(find /t/own -printf '%u:%g\n' | sort -u)" = linuxuser:users"#)
        #expect(try await bench.bash("stat -c %U:%G /t/p") == before)
        await bench.fails(
            .setFileOwner, [["path": "/t/own/f", "owner": "nobody-there"]], .fileError, saying: "nobody-there")
        await bench.fails(
            .setFileOwner, [["path": "/t/own/f", "owner": "root", "group": "no-group"]], .fileError, saying: "no-group")
        await bench.fails(.setFileOwner, [["path": "/t/none", "owner": "root"]], .fileError, saying: "No such file")
        await bench.fails(.setFileOwner, [["path": "/t/own", "owner": "root"]], .fileError, saying: "is a folder")
        await bench.fails(.setFolderOwner, [["path": "/t/p", "owner": "root"]], .fileError, saying: "not a folder")
        await bench.fails(.setFileOwner, [["path": "/t/own/f"]], .invalidInput, saying: "owner")
    }

    func permissions(_ bench: ActionBench) async throws {
        try await bench.run(.setFilePermissions, [["path": "/t/own/f", "permissions": "766"]])
        try await bench.run(
            .setFolderPermissions, [["path": "/t/own/", "permissions": "0700", "recursive": "false"]])
        try await bench.bash(#"test "$(stat -c %a /t/own /t/own/f /t/own/d | xargs)" = "700 766 755""#)
        let before = try await bench.bash("stat -c %a /t/p")
        try await bench.run(.setFolderPermissions, [["path": "/t/own", "permissions": "1777"]])
        try await bench.bash(#"test "$(find /t/own ! -type l -printf '%m\n' | sort -u)" = 1777"#)
        #expect(try await bench.bash("stat -c %a /t/p") == before)
        for wrong in ["rwxr-xr-x", "999", "", "-1", "17777", "0x7"] {
            await bench.fails(
                .setFilePermissions, [["path": "/t/own/f", "permissions": .text(wrong)]], .invalidInput,
                saying: "permissions")
        }
        await bench.fails(.setFilePermissions, [["path": "/t/own/f"]], .invalidInput, saying: "is missing")
        await bench.fails(.setFilePermissions, [["path": "/t/none", "permissions": "644"]], .fileError)
        await bench.fails(
            .setFolderPermissions, [["path": "/t/p", "permissions": "644"]], .fileError, saying: "folder")
    }

    func execute(_ bench: ActionBench) async throws {
        var bench = bench
        bench.workingDirectory = "/t"
        bench.secrets = ["hunter2"]
        // A command that fails in the middle does not stop the script.
        let output = try await bench.run(
            .executeBash, ["commands": ["X='a b'", "false", "echo \"$X\" $PWD; echo err >&2\n"]])
        #expect(output.value(named: "stdout") == "a b /t\n" && output.exitCode == 0 && output.reboot == nil)
        #expect(bench.log.output.contains("err\n"))
        await bench.fails(.executeBash, ["commands": ["exit 3"]], .exited(3), saying: "exit code 3")
        await bench.fails(.executeBash, ["commands": ["kill -9 $$"]], .signalled(9))
        await bench.fails(.executeBash, [:], .invalidInput, saying: "commands")
        let reboot = try await bench.run(.executeBash, ["commands": ["echo again; exit 194"]])
        #expect(reboot.reboot == .sameStepAgain && reboot.value(named: "stdout") == "again\n")
        let big = try await bench.run(.executeBash, ["commands": ["head -c 3000000 /dev/zero | tr '\\0' x"]])
        #expect(big.value(named: "stdout")?.utf8.count == 1 << 20)

        let binary = try await bench.run(
            .executeBinary, ["path": "/usr/bin/printf", "arguments": ["%s|", "a b", "$HOME", "ü\n"]])
        #expect(binary.value(named: "stdout") == "a b|$HOME|ü\n|")
        await bench.fails(.executeBinary, ["path": "/no/such/hunter2"], .fileError, saying: "/no/such/***")
        await bench.fails(.executeBinary, ["path": "false"], .exited(1))
        await bench.fails(.executePowerShell, ["commands": ["Write-Host hi"]], .unsupported, saying: "pwsh")
        await bench.fails(
            .executePowerShell, ["commands": ["x"], "file": "a.ps1"], .invalidInput, saying: "one of them")
        await bench.fails(.executePowerShell, ["file": "a.sh"], .invalidInput, saying: ".ps1")
        try await bench.bash(
            "printf '#!/bin/sh\\necho fake \"$@\"; exit 194\\n' > /usr/local/bin/pwsh; chmod +x /usr/local/bin/pwsh")
        let shell = try await bench.run(.executePowerShell, ["file": "/x/My Script.ps1"])
        #expect(shell.value(named: "stdout")?.hasSuffix("-File /x/My Script.ps1\n") == true)
        #expect(shell.reboot == .sameStepAgain)
        let value: ResolvedInput = [["path": "HKLM", "name": "a", "value": ["b", "c"], "type": "MULTI_SZ"]]
        let windows: [(ActionModule, ResolvedInput)] = [
            (.installMSI, ["path": "x"]), (.uninstallMSI, ["path": "x"]), (.setRegistry, value),
        ]
        for (module, inputs) in windows {
            await bench.fails(module, inputs, .unsupported, saying: "not supported on the platform")
        }
        #expect(try await bench.run(.reboot, ["delaySeconds": "60"]).reboot == .nextStep(after: .seconds(60)))
        #expect(try await bench.run(.reboot, nil).reboot == .nextStep(after: .zero))
        await bench.fails(.reboot, ["delaySeconds": "soon"], .invalidInput, saying: "whole number")
    }

    /// The step's time limit ends whatever the action does, and nothing of it is left.
    func limits(_ bench: ActionBench) async throws {
        await bench.fails(
            .executeBash, ["commands": ["sleep 4321"]], .timedOut, limit: .seconds(2))
        try await bench.bash("! pgrep -f 'sleep [4]321'; head -c 200M /dev/zero > /t/huge")
        await bench.fails(
            .copyFile, [["source": "/t/huge", "destination": "/t/other-copy/"]], .timedOut, limit: .milliseconds(100))
        try await bench.bash("rm /t/huge; test -z \"$(ls -A /t/other-copy)\"")
        let task = Task { try await bench.run(.executeBash, ["commands": ["sleep 5432"]]) }
        try await Task.sleep(for: .seconds(1))
        task.cancel()
        let failure = await #expect(throws: ActionFailure.self) { try await task.value }
        #expect(failure?.code == .cancelled)
    }

    /// A repository on the guest's own disk, so that no network is needed.
    func updates(_ bench: ActionBench) async throws {
        await bench.fails(.updateOS, ["include": ["a": "b"]], .invalidInput, saying: "include")
        try await bench.bash(
            """
            mkdir -p /t/repo; cd /t/repo
            make() {
              mkdir -p b/DEBIAN b/usr/share/$1
              echo $2 > b/usr/share/$1/version
              printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: k <k@example.org>\\nDescription: x\\n' $1 $2 > b/DEBIAN/control
              dpkg-deb -b b $1_$2_all.deb > /dev/null; rm -rf b
            }
            for n in one two three; do make kiln-$n 1; done
            dpkg -i *.deb > /dev/null; rm *.deb
            for n in one two three; do make kiln-$n 2; done
            for f in *.deb; do
              dpkg-deb -f $f; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $f $(stat -c %s $f) $(sha256sum < $f | cut -c1-64)
            done > Packages
            rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
            echo 'deb [trusted=yes] file:/t/repo ./' > /etc/apt/sources.list
            """)
        func versions() async throws -> String {
            try await bench.bash("cat /usr/share/kiln-{one,two,three}/version | xargs")
        }
        try await bench.run(.updateOS, ["include": ["kiln-t*", "kiln-absent"], "exclude": ["kiln-three"]])
        #expect(try await versions() == "1 2 1\n")
        try await bench.run(.updateOS, ["exclude": ["kiln-one"]])
        #expect(try await versions() == "1 2 2\n")
        try await bench.run(.updateOS, ["include": ["kiln-two"]])
        #expect(try await versions() == "1 2 2\n")
        try await bench.run(.updateOS, nil)
        #expect(try await versions() == "2 2 2\n")
        try await bench.bash("echo 'deb [trusted=yes] file:/t/nowhere ./' > /etc/apt/sources.list")
        await bench.fails(.updateOS, [:], .exited(100), saying: "apt-get failed")
    }
}
