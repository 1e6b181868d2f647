import Failures
import Foundation
import HostSystem
import Store

/// Keeps this process's claim on a build, and hears whether the build is to end.
struct BuildWatch {
    let store: KilnStore
    let image: ResourceARN
    /// Renewed in time.
    let lease: Duration

    private static let renewal = Duration.seconds(10)
    /// How soon a build hears that it is to end.
    private static let look = Duration.seconds(1)

    /// Until the task is cancelled, or the claim is lost.
    func run(_ stop: (ImageExecution.Stop) -> Void) async {
        var renewed = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.look)
            guard !Task.isCancelled else { return }
            do throws(StoreFailure) {
                let build: ImageBuild?
                if ContinuousClock.now - renewed >= Self.renewal {
                    build = try await store.renew("\(image)", by: .current, lease: lease)
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
}
