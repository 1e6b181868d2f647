import Crypto
public import Documents
public import Failures
public import SystemPackage

/// All that decides what a build makes, resolved: no name in it has to be looked up any more.
public struct BuildPlan: Sendable {
    public struct Step: Sendable {
        public var name: String
        public var version: String
        public var document: ComponentDocument
        public var parameters: [String: String]
        /// SHA-256 of the document.
        public var digest: String
    }

    public var recipe: Template.Recipe
    public var steps: [Step]
    public var secrets: Set<String>
    public var base: FilePath
    public var baseReference: String
    public var firmware: String
    public var network: String
    public var cpus: Int
    public var memoryMiB: Int
    public var testsEnabled: Bool
    public var testLimit: Duration

    /// SHA-256 over base, components, parameters and guest, 64 hexadecimal digits.
    public var digest: String {
        var hash = SHA256()
        for text in [base.string, firmware, network, recipe.name, recipe.version.description, recipe.workingDirectory] {
            hash.update(data: Array(text.utf8) + [0])
        }
        for step in steps {
            hash.update(data: Array("\(step.name) \(step.version) \(step.digest)".utf8) + [0])
            for (name, value) in step.parameters.sorted(by: { $0.key < $1.key }) {
                hash.update(data: Array(name.utf8) + [0] + Array(value.utf8) + [0])
            }
        }
        return hash.finalize().hexadecimal
    }

    /// - Parameter pipeline: a logical id or name; nil where the template has one at most.
    /// - Throws: `BuildFailure` code `invalid`, where there is nothing to build or too much to choose from.
    public static func make(
        from template: Template, pipeline wanted: String?, base: FilePath
    ) throws(BuildFailure) -> BuildPlan {
        let pipeline = try choosePipeline(template, wanted)
        let recipes = template.recipes.values.sorted { $0.logicalID < $1.logicalID }
        guard let recipe = pipeline.flatMap({ template.recipes[$0.recipe] }) ?? (recipes.count == 1 ? recipes[0] : nil)
        else {
            throw BuildFailure(
                .invalid,
                recipes.isEmpty
                    ? "the template has no AWS::ImageBuilder::ImageRecipe"
                    : "the template has \(recipes.count) recipes",
                hint: "name a pipeline with --pipeline")
        }
        let settings = pipeline.flatMap { $0.infrastructure }.flatMap { template.infrastructures[$0] }?.settings
        let steps = recipe.components.compactMap { use -> Step? in
            template.components[use.logicalID].map { component in
                Step(
                    name: component.name, version: component.version.description, document: component.document,
                    parameters: use.parameters, digest: SHA256.hash(data: Array(component.data.utf8)).hexadecimal)
            }
        }
        return BuildPlan(
            recipe: recipe, steps: steps, secrets: template.secrets, base: base, baseReference: recipe.parentImage,
            firmware: recipe.settings.firmware ?? settings?.firmware ?? "bios",
            network: recipe.settings.network ?? settings?.network ?? "user",
            cpus: settings?.cpus ?? recipe.settings.cpus ?? 2,
            memoryMiB: settings?.memoryMiB ?? recipe.settings.memoryMiB ?? 1024,
            testsEnabled: pipeline?.testsEnabled ?? true,
            testLimit: .seconds((pipeline?.testTimeoutMinutes ?? 720) * 60))
    }

    private static func choosePipeline(_ template: Template, _ wanted: String?) throws(BuildFailure) -> Template
        .Pipeline?
    {
        let all = template.pipelines.values.sorted { $0.logicalID < $1.logicalID }
        let names = all.map(\.logicalID).joined(separator: ", ")
        guard let wanted else {
            guard all.count <= 1 else {
                throw BuildFailure(
                    .invalid, "the template has \(all.count) pipelines: \(names)", hint: "--pipeline NAME")
            }
            return all.first
        }
        guard let found = all.first(where: { $0.logicalID == wanted || $0.name == wanted }) else {
            throw BuildFailure(.invalid, "there is no pipeline \(wanted) in the template; it has: \(names)")
        }
        return found
    }
}

extension Sequence<UInt8> {
    /// Two lower-case digits a byte.
    var hexadecimal: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
