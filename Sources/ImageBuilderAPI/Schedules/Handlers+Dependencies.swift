import Foundation
import Store

extension Handlers {
    /// What a recipe names, and what that is at present: the newest build of each component, the newest image that can be a
    /// parent. What other hands manage stands for itself.
    ///
    /// Kept with each build, so that a schedule can tell whether the next one would have anything new.
    func dependencies(of recipe: StoredResource) async throws(APIError) -> [String: JSONValue] {
        let document = try view(recipe).document()
        var dependencies: [String: JSONValue] = [recipe.arn: .string(recipe.arn)]
        var names = (document["components"]?.elements ?? []).compactMap { $0["componentArn"]?.text }
        if let parent = document["parentImage"]?.text { names.append(parent) }
        for name in names { dependencies[name] = .string(try await newest(name) ?? name) }
        return dependencies
    }

    private func newest(_ name: String) async throws(APIError) -> String? {
        guard let arn = try? ResourceARN(name) else { return nil }
        return try await asking {
            guard arn.kind == .image else { return try await store.resolve(name)?.arn }
            // A build that is under way, or has failed, is nobody's parent.
            var query = ResourceQuery(
                .image, grouping: .builds(of: name),
                filters: [ResourceFilter(.state, [ImageState.available.rawValue])], limit: 500)
            var last: String?
            while true {
                let page = try await store.list(query)
                last = page.items.last?.arn ?? last
                guard let token = page.nextToken else { return last }
                query.token = token
            }
        }
    }
}
