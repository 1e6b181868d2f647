import Builds
import Failures
import Foundation
import HostSystem
import Store

extension ImageExecution {
    private static let renewal = Duration.seconds(10)
    /// How soon a build hears that it is to end.
    private static let look = Duration.seconds(1)

    /// Renews the lease, and hears whether the build is to end.
    func watch() async {
        var renewed = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.look)
            guard !Task.isCancelled else { return }
            do throws(StoreFailure) {
                let build: ImageBuild?
                if ContinuousClock.now - renewed >= Self.renewal {
                    build = try await store.renew("\(image)", by: .current, lease: Self.lease)
                    renewed = .now
                } else {
                    build = try await store.build("\(image)")
                }
                guard let build, build.claim?.process == "\(ProcessIdentity.current)" else { return stop(.lost) }
                if build.isCancelRequested { stop(.cancelled(build.cancelReason ?? "Cancelled.")) }
            } catch {
                switch error.code {
                case .claimLost, .notFound: return stop(.lost)
                // A disk that is full or a file that is busy for a moment is no reason to end a build.
                default: continue
                }
            }
        }
    }

    /// Gives what somebody has answered to a step that waits to `kiln build`.
    func passAnswer(of step: String, to folder: BuildFolder) async {
        while !Task.isCancelled {
            // A store that is busy for a moment is asked again.
            if let answer = try? await store.answer(to: step) {
                let action: StepWait.Action = answer.action == .resume ? .resume : .stop
                do { return try StepWait(folder).answer(StepWait.Answer(action, reason: answer.reason)) } catch {
                    // Somebody was quicker, by `kiln action`.
                    return Terminal.complain("kiln: \((error as? any ReportableError)?.message ?? "\(error)")")
                }
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// The error of a build that has not begun: what is wrong with its documents, else what `kiln` says last.
    static func reason(_ lines: [String]) -> String? {
        let problems = lines.filter { $0.contains(": error: ") }.suffix(3).map { line in
            // Where the documents are written is no news to who asked for the build.
            line.range(of: "/documents/").map { String(line[$0.upperBound...]) } ?? line
        }
        guard problems.isEmpty else { return problems.joined(separator: "; ") }
        let told = lines.last { !$0.hasPrefix("  try: ") && !$0.contains(": warning: ") && !$0.isEmpty }
        return told.map { $0.hasPrefix("kiln: ") ? String($0.dropFirst(6)) : $0 }
    }
}
