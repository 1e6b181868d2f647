import Foundation
import Store

/// The workflows of an image as the store has them: `kiln build` knows them by the names that its documents give.
struct StoredWorkflows {
    private var names: [String: String] = [:]

    init() {}

    init(of image: StoredResource, in store: KilnStore) async throws(StoreFailure) {
        let members = (try? JSONSerialization.jsonObject(with: image.document)) as? [String: Any]
        for use in members?["workflows"] as? [[String: Any]] ?? [] {
            guard let arn = use["workflowArn"] as? String, let stored = try await store.resolve(arn) else { continue }
            names[Self.key(stored.arn)] = stored.arn
        }
    }

    func stored(_ arn: String) -> String { names[Self.key(arn)] ?? arn }

    /// Without its build, and as the store writes names.
    private static func key(_ arn: String) -> String {
        let parts = arn.lowercased().replacing("_", with: "-").split(separator: "/")
        return parts.prefix(4).joined(separator: "/")
    }
}
