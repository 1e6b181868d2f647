import Components
import Failures
import SystemPackage

/// Hands on what components fetch and store, and notes it.
final class RecordingOrigins: FileOrigins {
    private let origins: any FileOrigins
    private let traffic: ComponentTraffic

    init(_ origins: any FileOrigins, _ traffic: ComponentTraffic) { (self.origins, self.traffic) = (origins, traffic) }

    func list(
        _ prefix: S3Address, limit: Int, expectedOwner: String?
    ) async throws(OriginFailure) -> [S3Entry] {
        let entries = try await origins.list(prefix, limit: limit, expectedOwner: expectedOwner)
        traffic.add(LayerInput(entries, at: prefix, limit: limit))
        return entries
    }

    func fetch(_ source: FileOrigin, to file: FilePath) async throws(OriginFailure) {
        // Before the file: one that changes in between is another one for the next build. One that is not there is an input
        // too, for its component may go on without it.
        do throws(OriginFailure) {
            if let input = try await LayerInput.now(source, origins) { traffic.add(input) }
        } catch {
            traffic.obstruct("it fetches what could not be reached")
        }
        try await origins.fetch(source, to: file)
    }

    func store(_ file: FilePath, at address: S3Address, expectedOwner: String?) async throws(OriginFailure) {
        traffic.obstruct("it stores files elsewhere, which a kept layer would not")
        try await origins.store(file, at: address, expectedOwner: expectedOwner)
    }

    func version(of source: FileOrigin) async throws(OriginFailure) -> FileVersion? {
        try await origins.version(of: source)
    }
}
