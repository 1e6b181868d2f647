import Crypto
import Disks
public import Documents
import Failures
import HostSystem
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

    public var recipe: ImageRecipe
    public var pipeline: ImagePipeline
    public var settings: KilnSettings
    public var steps: [Step]
    /// All of the template: what ExecuteDocument may run.
    public var components: [Component]
    public var secrets: Set<String>
    public var base: FilePath
    /// What `base` is, where the caller knows more of it than its path.
    public private(set) var parent: ParentDisk?
    /// What is done by workflows of the user's.
    public internal(set) var workflows = PlannedWorkflows()

    /// Takes a parent that has been found.
    ///
    /// - Throws: `DocumentFailure` where it does not start by the firmware that the settings say.
    public mutating func use(_ parent: ParentDisk) throws(DocumentFailure) {
        if let modes = parent.bootModes, !modes.contains(where: { $0.rawValue == settings.firmware.rawValue }) {
            let found = modes.map(\.rawValue).joined(separator: ", ")
            throw DocumentFailure([
                Diagnostic(
                    .error, at: recipe.parentImage.position,
                    "the parent '\(parent.name)' starts by \(found) only, not by \(settings.firmware.rawValue)",
                    hint: "set firmware: \(found) in kiln.yaml")
            ])
        }
        self.parent = parent
        base = FilePath(parent.disk)
    }

    public var name: String { recipe.name }
    public var version: String { recipe.version.description }
    /// The parent as the recipe names it.
    public var baseReference: String { recipe.parentImage.value.description }
    public var testLimit: Duration { .seconds(pipeline.testTimeoutMinutes * 60) }

    /// GiB of the image's disk, where the recipe's root volume or the settings say so.
    public var diskGiB: Int? {
        settings.diskGiB ?? recipe.blockDeviceMappings.lazy.compactMap { $0.ebs?.volumeSize }.first
    }

    /// SHA-256 over base, components, parameters and guest, 64 hexadecimal digits.
    public var digest: String {
        var hash = SHA256()
        let guest = [
            settings.firmware.rawValue, settings.network.rawValue, "\(diskGiB ?? 0)", parent?.digest ?? "",
            "\(pipeline.testsEnabled)",
        ]
        let stored = settings.storedParameters.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value.value] }
        let cleaning = settings.skipCleanup.map(\.rawValue).sorted()
        for text in [base.string, name, version, recipe.workingDirectory] + guest + cleaning + stored {
            hash.update(data: Array(text.utf8) + [0])
        }
        for step in steps {
            hash.update(data: Array("\(step.name) \(step.version) \(step.digest)".utf8) + [0])
            for (name, value) in step.parameters.sorted(by: { $0.key < $1.key }) {
                hash.update(data: Array(name.utf8) + [0] + Array(value.utf8) + [0])
            }
        }
        // Which of them a step runs may be known only then.
        if steps.contains(where: { $0.document.runsDocuments }) {
            for component in components {
                hash.update(data: Array("\(component.arn)".utf8) + [0] + Array(component.document.source.utf8) + [0])
            }
        }
        for text in workflows.ingredients { hash.update(data: Array(text.utf8) + [0]) }
        return hash.finalize().hexadecimal
    }

    /// The text of the template's newest component that an ARN names.
    ///
    /// - Throws: `BuildFailure` code `invalid`, where there is none.
    func document(of arn: String) throws(BuildFailure) -> String {
        try components.text(of: arn, missing: BuildFailure(.invalid, "it is not in the template"))
    }

    /// - Parameters:
    ///   - wanted: a pipeline's logical ID or name; nil where the template has one only.
    ///   - file: what `kiln.yaml` says.
    ///   - base: the disk that stands for the recipe's parent.
    /// - Throws: `DocumentFailure`, where there is nothing to build or too much to choose from, and for a component
    ///   that is not in the template.
    public static func make(
        from template: ResolvedTemplate, pipeline wanted: String?, file: KilnSettings.Layer = .init(), base: FilePath
    ) throws(DocumentFailure) -> BuildPlan {
        let pipeline = try template.pipeline(wanted)
        let recipe = try template.recipeToBuild(of: pipeline)
        var problems: [Diagnostic] = []
        var steps: [Step] = []
        for use in recipe.components {
            guard case .template(let logicalID, _) = use.reference, let component = template.component(logicalID) else {
                problems.append(
                    Diagnostic(
                        .error, at: use.position, "the component \(use.reference.arn) is not in the template",
                        hint: "add it as a resource of type AWS::ImageBuilder::Component"))
                continue
            }
            steps.append(
                Step(
                    name: component.name, version: component.version.description, document: component.document,
                    parameters: use.parameters.mapValues { $0.joined(separator: ",") },
                    digest: SHA256.hash(data: Array(component.document.source.utf8)).hexadecimal))
        }
        guard problems.isEmpty else { throw DocumentFailure(problems) }
        let settings = template.settings(for: pipeline, file: file)
        let stored = settings.storedParameters.values.filter(\.isSecret).map(\.value)
        let given = steps.flatMap { $0.document.values(of: settings.secretParameters, given: $0.parameters) }
        var plan = BuildPlan(
            recipe: recipe, pipeline: pipeline, settings: settings, steps: steps, components: template.components,
            secrets: template.secrets.union(stored + given), base: base)
        plan.workflows = try PlannedWorkflows(template, pipeline)
        try plan.checkWorkflows()
        return plan
    }
}
