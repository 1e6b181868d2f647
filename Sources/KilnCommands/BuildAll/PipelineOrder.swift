import Documents
import Failures

/// The pipelines of a template, and which of them wait for others: whose parent is an image that another one builds.
struct PipelineOrder {
    struct Entry: Equatable {
        /// The pipeline's logical ID.
        var pipeline: String
        /// Logical IDs of the pipelines whose images it is built on.
        var after: [String]
        /// Of its files: the recipe's name and version.
        var files: String
    }

    let entries: [Entry]

    /// - Throws: `DocumentFailure` where the template has no pipeline, one without a recipe, or some that wait for each other.
    init(_ template: ResolvedTemplate) throws(DocumentFailure) {
        var makers: [String: [String]] = [:]
        var recipes: [(pipeline: ImagePipeline, recipe: ImageRecipe)] = []
        for pipeline in try template.builds() {
            let recipe = try template.recipeToBuild(of: pipeline)
            recipes.append((pipeline, recipe))
            makers[ImageBuilderARN.resourceName(recipe.name), default: []].append(pipeline.logicalID)
        }
        entries = recipes.map { pipeline, recipe in
            let parents = Self.parentName(recipe.parentImage.value).flatMap { makers[$0] } ?? []
            return Entry(
                pipeline: pipeline.logicalID, after: parents.filter { $0 != pipeline.logicalID },
                files: "\(recipe.name)-\(recipe.version)")
        }
        try checkEnds(recipes.map(\.recipe))
    }

    private static func parentName(_ parent: ParentReference) -> String? {
        switch parent {
        case .image(let arn): ImageBuilderARN.resourceName(arn.name)
        case .name(let name): name.split(separator: "/").first.map { ImageBuilderARN.resourceName(String($0)) }
        case .ami, .systemsManager: nil
        }
    }

    private func checkEnds(_ recipes: [ImageRecipe]) throws(DocumentFailure) {
        var done: Set<String> = []
        while done.count < entries.count {
            let next = entries.filter { !done.contains($0.pipeline) && $0.after.allSatisfy(done.contains) }
            guard !next.isEmpty else {
                let stuck = entries.indices.filter { !done.contains(entries[$0].pipeline) }
                let names = stuck.map { entries[$0].pipeline }
                throw DocumentFailure([
                    Diagnostic(
                        .error, at: recipes[stuck[0]].parentImage.position,
                        "the pipelines \(names.joined(separator: ", ")) are built on each other's images",
                        hint: "give one of their recipes a parent that none of them builds")
                ])
            }
            done.formUnion(next.map(\.pipeline))
        }
    }

    /// Where a pipeline's files go: into a folder of its own where another one's would have the same names.
    func output(of entry: Entry, below output: String) -> String? {
        entries.count { $0.files == entry.files } > 1 ? "\(output)/\(entry.pipeline)" : nil
    }
}
