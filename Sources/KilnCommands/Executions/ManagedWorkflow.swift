import Store

/// The workflows that Image Builder runs where a pipeline names none, with the steps that the service lists of them.
enum ManagedWorkflow: String, CaseIterable, Sendable {
    case build = "BUILD"
    case test = "TEST"
    case distribution = "DISTRIBUTION"

    struct Step: Sendable, Equatable {
        var name: String
        var action: String
    }

    /// By their names, for those that events lead to.
    static let launchBuild = "LaunchBuildInstance"
    static let applyBuild = "ApplyBuildComponents"
    static let inventory = "InventoryCollection"
    static let sanitize = "RunSanitizeScript"
    static let createOutput = "CreateOutputAMI"
    static let terminateBuild = "TerminateBuildInstance"
    static let launchTest = "LaunchTestInstance"
    static let applyTest = "ApplyTestComponents"
    static let terminateTest = "TerminateTestInstance"
    static let distribute = "DistributeImage"

    var name: String {
        switch self {
        case .build: "build-image"
        case .test: "test-image"
        case .distribution: "distribute-image"
        }
    }

    var steps: [Step] {
        switch self {
        case .build:
            [
                Step(name: Self.launchBuild, action: "LaunchInstance"),
                Step(name: Self.applyBuild, action: "ExecuteComponents"),
                Step(name: Self.inventory, action: "CollectImageMetadata"),
                Step(name: Self.sanitize, action: "SanitizeInstance"),
                Step(name: Self.createOutput, action: "CreateImage"),
                Step(name: Self.terminateBuild, action: "TerminateInstance"),
            ]
        case .test:
            [
                Step(name: Self.launchTest, action: "LaunchInstance"),
                Step(name: Self.applyTest, action: "ExecuteComponents"),
                Step(name: Self.terminateTest, action: "TerminateInstance"),
            ]
        case .distribution: [Step(name: Self.distribute, action: "DistributeImage")]
        }
    }

    /// - Parameter image: of whose partition and region it is.
    func execution(for image: ResourceARN) -> NewWorkflowExecution {
        let path = "workflow/\(rawValue.lowercased())/\(name)/1.0.0/1"
        return NewWorkflowExecution(
            workflow: "arn:\(image.partition):imagebuilder:\(image.region):aws:\(path)", type: rawValue,
            steps: steps.map { NewStepExecution(name: $0.name, action: $0.action) })
    }
}
