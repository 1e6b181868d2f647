/// What a step of a workflow does (user guide, wfdoc-step-actions).
public enum WorkflowAction: String, Sendable, Hashable, CaseIterable {
    case applyImageConfigurations = "ApplyImageConfigurations"
    case bootstrapInstanceForContainer = "BootstrapInstanceForContainer"
    case collectImageMetadata = "CollectImageMetadata"
    case collectImageScanFindings = "CollectImageScanFindings"
    case createImage = "CreateImage"
    case createImageFromISO = "CreateImageFromIso"
    case distributeContainerImage = "DistributeContainerImage"
    case distributeImage = "DistributeImage"
    case executeComponents = "ExecuteComponents"
    case executeStateMachine = "ExecuteStateMachine"
    case launchInstance = "LaunchInstance"
    case modifyImageAttributes = "ModifyImageAttributes"
    case registerImage = "RegisterImage"
    case runCommand = "RunCommand"
    case runSysPrep = "RunSysPrep"
    case sanitizeInstance = "SanitizeInstance"
    case terminateInstance = "TerminateInstance"
    case waitForAction = "WaitForAction"
    case waitForSSMAgent = "WaitForSSMAgent"

    /// Minutes: the limit where the document has none, and the most it may have.
    var minutes: (standard: Int, most: Int) {
        switch self {
        case .applyImageConfigurations, .distributeImage: (360, 720)
        case .bootstrapInstanceForContainer, .runSysPrep, .sanitizeInstance: (60, 720)
        case .collectImageMetadata, .terminateInstance: (30, 720)
        case .collectImageScanFindings, .distributeContainerImage: (120, 720)
        case .createImage: (720, 4320)
        case .createImageFromISO, .runCommand: (720, 720)
        case .executeComponents: (720, 1440)
        case .executeStateMachine: (360, 1440)
        case .launchInstance: (75, 720)
        case .modifyImageAttributes: (120, 180)
        case .registerImage: (540, 720)
        case .waitForAction: (4320, 10_080)
        case .waitForSSMAgent: (60, 180)
        }
    }

    /// The workflows that may have such a step.
    var types: Set<WorkflowType> {
        switch self {
        case .collectImageMetadata, .createImage, .createImageFromISO, .sanitizeInstance, .runSysPrep: [.build]
        case .collectImageScanFindings: [.test]
        case .applyImageConfigurations, .distributeContainerImage, .distributeImage, .modifyImageAttributes:
            [.distribution]
        case .executeComponents: [.build, .test]
        default: Set(WorkflowType.allCases)
        }
    }

    struct InputRule {
        let name: String
        var isRequired = false
    }

    var inputs: [InputRule] {
        let instance = InputRule(name: "instanceId", isRequired: true)
        return switch self {
        case .applyImageConfigurations:
            [InputRule(name: "distributedImages", isRequired: true), InputRule(name: "configurations")]
        case .modifyImageAttributes:
            [InputRule(name: "distributedImages", isRequired: true), InputRule(name: "attributes")]
        case .distributeImage: [InputRule(name: "distributions")]
        case .executeStateMachine: [InputRule(name: "stateMachineArn", isRequired: true), InputRule(name: "input")]
        // The guide requires waitFor; many documents that the service takes leave it off.
        case .launchInstance:
            ["imageIdOverride", "instanceTypesOverride", "waitFor", "healthCheck"].map { InputRule(name: $0) }
        case .registerImage:
            [
                "architecture", "blockDeviceMapping", "bootMode", "description", "enaSupport", "imageLocation",
                "imdsSupport", "includeSnapshotTags", "kernelId", "ramdiskId", "rootDeviceName", "sriovNetSupport",
                "tpmSupport", "uefiData", "virtualizationType",
            ].map { InputRule(name: $0) }
        case .runCommand:
            [
                instance, InputRule(name: "documentName", isRequired: true), InputRule(name: "parameters"),
                InputRule(name: "documentVersion"),
            ]
        case .terminateInstance: [instance, InputRule(name: "waitForTermination")]
        case .waitForAction: ["snsTopicArn", "lambdaFunctionName", "payload"].map { InputRule(name: $0) }
        case .bootstrapInstanceForContainer, .collectImageMetadata, .collectImageScanFindings, .createImage,
            .createImageFromISO, .distributeContainerImage, .executeComponents, .runSysPrep, .sanitizeInstance,
            .waitForSSMAgent:
            [instance]
        }
    }

    /// What steps behind it may ask for.
    var outputs: [String] {
        switch self {
        case .applyImageConfigurations: ["configuredImages"]
        case .collectImageMetadata: ["osVersion", "associationId"]
        case .createImage, .registerImage: ["imageId"]
        case .createImageFromISO: ["amiName", "snapshotId", "architecture"]
        case .distributeContainerImage: ["status", "succeededRegions", "failedRegions"]
        case .distributeImage: ["distributedImages"]
        case .executeStateMachine: ["executionArn", "output"]
        case .launchInstance: ["instanceId"]
        case .modifyImageAttributes: ["modifiedImages"]
        case .terminateInstance: []
        case .waitForAction: ["action", "reason"]
        // The guide wrote it with a capital before.
        case .waitForSSMAgent: ["status", "Status"]
        case .bootstrapInstanceForContainer, .collectImageScanFindings, .executeComponents, .runCommand, .runSysPrep,
            .sanitizeInstance:
            ["runCommandId", "status", "output"]
        }
    }

    /// Why this machine can never do it; nil for what it can.
    public var obstacle: String? {
        switch self {
        case .bootstrapInstanceForContainer, .distributeContainerImage: "container images are not built by Kiln"
        case .createImageFromISO, .runSysPrep: "it is for Windows, which is not built by Kiln"
        case .executeStateMachine: "there is no Step Functions on this machine"
        case .applyImageConfigurations, .modifyImageAttributes:
            "Kiln does it where it distributes: say it in the distribution configuration"
        case .registerImage: "Kiln registers AMIs where it distributes: use CreateImage and DistributeImage"
        default: nil
        }
    }
}
