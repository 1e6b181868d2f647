import Failures
import Foundation
import HostSystem

/// One pipeline's build, in a kiln process of its own: it has its own libvirt, and what happens to it happens to no other.
struct PipelineRun: Sendable {
    let pipeline: String
    let arguments: [String]

    /// - Parameters:
    ///   - words: the command line of the command that builds all.
    ///   - output: another folder for the artifacts than the words say.
    init(_ pipeline: String, from words: [String], output: String?) {
        self.pipeline = pipeline
        var arguments: [String] = []
        var skipsValue = false
        for word in words where word != "--all" {
            if skipsValue {
                skipsValue = false
            } else if output != nil, word == "--output" {
                skipsValue = true
            } else if output == nil || !word.hasPrefix("--output=") {
                arguments.append(word)
            }
        }
        self.arguments = arguments + ["--pipeline", pipeline] + (output.map { ["--output", $0] } ?? [])
    }

    /// - Parameter show: its lines as they come.
    /// - Returns: its exit status.
    func run(_ show: @escaping @Sendable (HostCommand.Stream, [UInt8]) -> Void) async throws(HostFailure) -> Int32 {
        // It cleans up after ^C as long as that takes, within what each of its waits allows.
        try await HostCommand("/proc/self/exe", arguments, environment: [Self.variable: "1"], grace: .seconds(120))
            .lines(show)
    }

    private static let variable = "KILN_PART_OF_ALL"

    /// Whether this process is one of several: warnings about the template were given already.
    static var isOne: Bool { ProcessInfo.processInfo.environment[variable] != nil }

    /// An event of it, with the pipeline's name in it; nil where the line is none.
    static func event(_ line: [UInt8], of pipeline: String) -> String? {
        guard var object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else { return nil }
        object["pipeline"] = pipeline
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        return (try? JSONSerialization.data(withJSONObject: object, options: options)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
