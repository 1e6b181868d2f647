import AWSClient
import Foundation
import LocalMoto
import SystemPackage

// Sends a raw disk through the EBS direct API, for tests that kill it: BlockUploader DISK JOURNAL. Where, and with which key,
// the environment tells. Prints the number of blocks at the server as they arrive, and the snapshot at last.

let arguments = CommandLine.arguments.dropFirst().map { FilePath($0) }
let settings = try AWSSettings(environment: ProcessInfo.processInfo.environment)
var upload = EBSUpload(try RawDiskBlocks(arguments[0]), digest: "of the test", journal: arguments[1])
upload.skipUnwritten = true

// Not print(3), which keeps lines back where nobody watches.
@Sendable func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

let snapshot = try await AWSSession.with(settings) { [upload] aws in
    try await upload.run(try aws.ebs(), try aws.ec2()) { done, _ in say("\(done)") }
}
// VmHWM: ru_maxrss would count what the parent had when it forked.
let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
say(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }.map { String($0) } ?? "")
say("snapshot \(snapshot.id) sent \(snapshot.blocksSent) of \(snapshot.blocks ?? 0)")
