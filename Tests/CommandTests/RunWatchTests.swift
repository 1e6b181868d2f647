import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

/// `kiln run` that fails, is watched, interrupted and killed: one home, one guest after the other.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct RunWatchTests {
    private typealias Step = (phase: String, name: String, command: String)

    private func write(_ home: CommandHome, _ steps: [Step]) throws {
        // As editors do: another file takes its place.
        try home.write("doc.yaml", RunTests.document("Doc", steps))
    }

    @Test(
        "Each change runs again on a clean guest with the right time; what is killed is swept; a failed step is exit 1",
        .timeLimit(.minutes(12)))
    func watch() async throws {
        try await withCommandHome { home in
            try RunTests.writeSettings(home)
            try await interruptBoot(home)
            let killed = try await watched(home)
            try await fail(home, after: killed)
        }
    }

    private func interruptBoot(_ home: CommandHome) async throws {
        try write(home, [("build", "a", "true")])
        let kiln = try home.kiln(["run", "doc.yaml"])
        try await kiln.wait(for: "a guest that boots") { !home.processes("qemu-system").isEmpty }
        try await Task.sleep(for: .seconds(2))
        kiln.signal(SIGINT)
        let ended = try await kiln.end(within: .seconds(60))
        #expect(ended.status == 130, "\(ended.output)")
        try home.expectNothingLeft(of: kiln)
        // The logs say so too.
        let folder = try #require(try Folders.names(in: home.work).first { $0.hasPrefix("TOE_") })
        let detail = try Folders.read(home.work.appending(folder).appending("detailedoutput.json"))
        #expect(String(decoding: detail, as: UTF8.self).contains(#""status": "failed""#))
        try Folders.remove(home.work.appending(folder))
    }

    /// - Returns: the process, killed in a step.
    private func watched(_ home: CommandHome) async throws -> KilnProcess {
        let clean =
            "[ ! -e /root/dirt ] && [ ! -e /dev/shm/dirt ] && echo clean-$(cat /proc/sys/kernel/random/boot_id)\n"
        let dirty = "touch /root/dirt /dev/shm/dirt; sync\n"
        try write(home, [("build", "one", clean + "head -c 16 /dev/urandom | od -An -tx1 > /root/random\n" + dirty)])
        let kiln = try home.kiln(["run", "--watch", "doc.yaml"], results: "out.json")
        try await kiln.wait(forOutput: "watching doc.yaml")
        try await kiln.wait(for: "the restored guest") { home.processes("qemu-system").count == 1 }
        try home.write("doc.yaml", "name: Doc\nschemaVersion: 1.0\nphases: 7\n")
        try await kiln.wait(forOutput: "still watching", within: .seconds(20))
        // The host's time is in the document: the guest's must be near it, though it stood still.
        let now = Int(Date().timeIntervalSince1970)
        let near = "t=$(( $(date +%s) - \(now) )); echo behind-by-$t; [ $t -ge -2 ] && [ $t -lt 60 ]\n"
        let changed = ContinuousClock.now
        try write(home, [("build", "two", clean + near + dirty), ("build", "bad", "exit 3")])
        try await kiln.wait(forOutput: "Doc › build › two", within: .seconds(60))
        let seconds = (ContinuousClock.now - changed).seconds
        #expect(seconds < 20, "from the change to the first step")
        try await kiln.wait(forOutput: "exit code 3", within: .seconds(60))
        try write(home, [("build", "three", clean + "echo sleeps\nsleep 600")])
        try await kiln.wait(forOutput: "sleeps", within: .seconds(60))
        // A change in the middle of a run ends that run.
        try write(home, [("build", "four", clean + "echo dozes\nsleep 600")])
        try await kiln.wait(forOutput: "dozes", within: .seconds(60))
        try await RunTests.check(home, Self.checks)
        kiln.signal(SIGKILL)
        #expect(try await kiln.end().status == 128 + SIGKILL)
        #expect(home.processes("qemu-system").count == 1)
        return kiln
    }

    private static let checks = #"""
        import glob, json, os, re, sys
        os.chdir(sys.argv[1])
        decoder, text, found = json.JSONDecoder(), open('out.json').read(), []
        while text.strip():
            summary, end = decoder.raw_decode(text.lstrip())
            found.append(summary)
            text = text.lstrip()[end:]
        # The third run was ended by a change: nobody waits for its summary.
        assert [s['status'] for s in found] == ['success', 'failed'], found
        assert found[1]['failedStepCount'] == 1 and 'doc.yaml failed!' in found[1]['failureMessage'], found
        told = [open(path).read() for path in glob.glob('TOE_*/console.log')]
        boots = [re.search('Stdout: clean-(.*)', text).group(1) for text in told]
        assert len(boots) == 4 and len(set(boots)) == 1, boots
        """#

    private func fail(_ home: CommandHome, after killed: KilnProcess) async throws {
        let orphan = try #require(home.processes("qemu-system").first?.pid)
        try Folders.remove(home.work.appending("doc.yaml"))
        try write(home, [("build", "bad", "echo wrong >&2\nexit 3"), ("build", "never", "true")])
        let kiln = try home.kiln(["run", "--json", "doc.yaml"], results: "out.jsonl")
        let ended = try await kiln.end()
        #expect(ended.status == 1, "\(ended.output)")
        #expect(kill(orphan, 0) == -1)
        let lines = String(decoding: try Folders.read(home.work.appending("out.jsonl")), as: UTF8.self)
            .split(separator: "\n")
        let objects = try lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let summary = try #require(objects.last)
        #expect(summary["status"] as? String == "failed" && summary["executedStepCount"] as? Int == 1)
        #expect(objects.contains { $0["event"] as? String == "output" && $0["text"] as? String == "wrong" })
        #expect(objects.contains { ($0["text"] as? String ?? "").contains("it was cut off") })
        try home.expectNothingLeft(of: kiln)
        try home.expectNothingLeft(of: killed)
    }
}
