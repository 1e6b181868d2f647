import CLibvirt
import Failures
import Foundation
import Glibc
import HostSystem

/// The QEMU guest agent (qemu.readthedocs.io, "QEMU Guest Agent Protocol Reference"): used to bring the runner in, to
/// shut down and to reboot.
struct GuestAgent {
    let guest: RunningGuest

    /// One command. The values of `arguments` are JSON already.
    ///
    /// - Parameter expectAnswer: guest-shutdown does not answer when it works.
    @discardableResult
    func ask(
        _ command: String, _ arguments: [String: String] = [:], limit: Int32 = 30, expectAnswer: Bool = true
    ) async throws(GuestFailure) -> [String: Any] {
        let fields = arguments.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        let text = "{\"execute\":\"\(command)\",\"arguments\":{\(fields)}}"
        let name = guest.name
        let answer: String = try await offPool { [domain = guest.domain] () throws(GuestFailure) in
            guard let answer = virDomainQemuAgentCommand(domain.pointer, text, expectAnswer ? limit : 5, 0) else {
                throw GuestFailure(.noAgent, "the agent of \(name) refused \(command): \(Libvirt.lastError)")
            }
            defer { free(answer) }
            return String(cString: answer)
        }
        let decoded = try? JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
        guard let decoded else {
            throw GuestFailure(.protocolError, "the agent of \(name) answered \(command) with what is no JSON")
        }
        return decoded
    }

    /// The runner's file, tried in each folder: hardened systems mount some of them noexec. It is removed once it runs.
    /// One that runs already, and no longer answers, has the port: it goes first.
    private static let start = """
        old=/sys/fs/cgroup/kiln/runner/cgroup.procs
        [ -e "$old" ] && while read -r process; do kill -9 "$process" && ended=1; done <"$old"
        [ -n "$ended" ] && sleep 1
        for folder in /dev/shm /run /tmp /var/tmp /root; do
          file=$folder/.kiln-guest-runner-$$
          cp "$1" "$file" 2>/dev/null && chmod 700 "$file" && "$file" && rm -f "$file" "$1" && exit 0
          rm -f "$file"
        done
        rm -f "$1"; exit 1
        """

    /// Waits until the agent answers, at most `limit`.
    func wait(upTo limit: Duration) async throws(GuestFailure) {
        let end = ContinuousClock.now + limit
        while true {
            do throws(GuestFailure) {
                try await ask("guest-ping", limit: 5)
                return
            } catch {
                guard ContinuousClock.now < end else { throw error }
            }
            guard (try? await Task.sleep(for: .seconds(1))) != nil else {
                throw GuestFailure(.cancelled, "cancelled while waiting for the agent of \(guest.name)")
            }
        }
    }

    func startRunner() async throws(GuestFailure) {
        let path = "/run/kiln-guest-runner.bin"
        let opened = try await ask("guest-file-open", ["path": "\"\(path)\"", "mode": "\"wb\""])
        guard let handle = opened["return"] as? Int else {
            throw GuestFailure(.protocolError, "the agent of \(guest.name) gave no file handle")
        }
        try await ask("guest-file-write", ["handle": "\(handle)", "buf-b64": "\"\(GuestRunnerBinary.base64)\""])
        try await ask("guest-file-close", ["handle": "\(handle)"])
        let script = Data(Self.start.utf8).base64EncodedString()
        let command = [
            "path": "\"/bin/sh\"", "arg": "[\"-s\",\"\(path)\"]", "input-data": "\"\(script)\"",
            "capture-output": "true",
        ]
        let started = try await ask("guest-exec", command)
        guard let process = (started["return"] as? [String: Any])?["pid"] as? Int else {
            throw GuestFailure(.protocolError, "the agent of \(guest.name) started no process")
        }
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let status = try await ask("guest-exec-status", ["pid": "\(process)"])["return"] as? [String: Any] ?? [:]
            guard status["exited"] as? Bool == true else {
                guard (try? await Task.sleep(for: .milliseconds(20))) != nil else {
                    throw GuestFailure(.cancelled, "cancelled while \(guest.name) was booting")
                }
                continue
            }
            guard status["exitcode"] as? Int == 0 else {
                let said = (status["err-data"] as? String).flatMap { Data(base64Encoded: $0) } ?? Data()
                throw GuestFailure(
                    .guestError,
                    "the runner does not start in \(guest.name): \(String(decoding: said, as: UTF8.self).trimmed)",
                    hint: "one of /dev/shm, /run, /tmp, /var/tmp, /root must allow execution")
            }
            return
        }
        throw GuestFailure(.timedOut, "the runner did not start in \(guest.name) within 60 s")
    }
}
