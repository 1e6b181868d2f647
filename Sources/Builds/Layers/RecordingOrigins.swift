import Components
import Failures
import Synchronization
import SystemPackage

/// Hands on what components fetch, and notes what this host's folders gave.
final class RecordingOrigins: FileOrigins {
    private let origins: any FileOrigins
    private let inputs: InputList

    init(_ origins: any FileOrigins, _ inputs: InputList) { (self.origins, self.inputs) = (origins, inputs) }

    func isLocal(_ source: FileOrigin) -> Bool { origins.isLocal(source) }

    func list(
        _ prefix: S3Address, limit: Int, expectedOwner: String?
    ) async throws(OriginFailure) -> [S3Entry] {
        let entries = try await origins.list(prefix, limit: limit, expectedOwner: expectedOwner)
        if isLocal(.s3(prefix, expectedOwner: expectedOwner)) { inputs.add(LayerInput(entries, at: prefix)) }
        return entries
    }

    func fetch(_ source: FileOrigin, to file: FilePath) async throws(OriginFailure) {
        try await origins.fetch(source, to: file)
        guard isLocal(source), let input = await LayerInput(file, from: source) else { return }
        inputs.add(input)
    }

    func store(_ file: FilePath, at address: S3Address, expectedOwner: String?) async throws(OriginFailure) {
        try await origins.store(file, at: address, expectedOwner: expectedOwner)
    }
}

/// The inputs of the component that runs now.
final class InputList: Sendable {
    private let inputs = Mutex<[LayerInput]>([])

    func add(_ input: LayerInput) {
        inputs.withLock { if !$0.contains(input) { $0.append(input) } }
    }

    /// What has come since the last call.
    func take() -> [LayerInput] {
        inputs.withLock { inputs in
            defer { inputs = [] }
            return inputs
        }
    }
}
