import Builds
import Documents
import HostSystem
import Store

/// The parents of stored recipes, as `kiln build` knows them.
struct StoredParents {
    let store: KilnStore
    let home: KilnHome

    /// An image of this store is named by its place among those that `kiln build` counts; all else is as it was given.
    func name(_ text: String) async throws -> String {
        guard text.hasPrefix("arn:"), let arn = try? ResourceARN(text), arn.kind == .image,
            arn.account == store.account.account,
            let parent = try await usable(text),
            let version = parent.version,
            let build = (StoredInput.parse(parent.document)?["kiln"] as? StoredInput.Members)?["build"] as? String
        else { return text }
        let builds = BuildFolder.all(home: home).filter {
            $0.state == .available
                && ImageBuilderARN.resourceName($0.recipe) == ImageBuilderARN.resourceName(parent.name)
                && SemanticVersion($0.version)?.description == "\(version)"
        }
        guard let place = builds.firstIndex(where: { $0.id == build }) else {
            throw ExecutionDocuments.Refusal(
                message: "the parent \(parent.arn) is not on this machine any more (build \(build))")
        }
        let account = store.account
        return ImageBuilderARN(
            partition: account.partition, region: account.region, account: account.account, type: .image,
            name: ImageBuilderARN.resourceName(parent.name), version: VersionPattern("\(version)"),
            build: builds.count - place
        ).description
    }

    /// Deprecated images can be built on still, where there is none that is available; disabled ones cannot.
    private func usable(_ text: String) async throws -> StoredResource? {
        for state in [Store.ImageState.available, .deprecated] {
            if let parent = try await store.resolve(text, states: [state.rawValue]) { return parent }
        }
        let unusable = [Store.ImageState.disabled, .deleted].map(\.rawValue)
        guard let parent = try await store.resolve(text, states: Set(unusable)) else { return nil }
        throw ExecutionDocuments.Refusal(
            message: "the parent \(parent.arn) is \(parent.state ?? ""): nothing can be built on it")
    }
}
