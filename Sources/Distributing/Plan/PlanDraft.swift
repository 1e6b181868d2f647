import AWSClient
import Disks
import Documents
import Foundation

/// A plan in the making: finds what is wrong, all of it.
struct PlanDraft {
    let configuration: DistributionConfiguration?
    let image: DistributedImage
    let choices: DistributionPlan.Choices
    private(set) var problems: [Diagnostic] = []

    init(_ configuration: DistributionConfiguration?, _ image: DistributedImage, _ choices: DistributionPlan.Choices) {
        self.configuration = configuration
        self.image = image
        self.choices = choices
    }

    /// For what the document has no better place for.
    private var start: SourcePosition { configuration?.position ?? .start(of: image.label) }

    mutating func error(at position: SourcePosition?, _ message: String, hint: String? = nil) {
        problems.append(Diagnostic(.error, at: position ?? start, message, hint: hint))
    }

    mutating func warn(at position: SourcePosition?, _ message: String, hint: String? = nil) {
        problems.append(Diagnostic(.warning, at: position ?? start, message, hint: hint))
    }

    func check() throws(DocumentFailure) {
        if problems.contains(where: { $0.severity == .error }) { throw DocumentFailure(problems) }
    }

    /// What the preflight says of the image, for the ways that are chosen; nothing of one that nobody has looked into yet.
    mutating func checkImage() {
        guard let readiness = image.readiness else { return }
        for finding in readiness.findings(for: choices.ways.map(\.readinessWay)) {
            let text = "\(image.label): \(finding.message)"
            switch finding.severity {
            case .error: error(at: nil, text, hint: finding.mend)
            case .warning: warn(at: nil, text, hint: finding.mend)
            }
        }
        switch readiness.architecture {
        case .x86_64, .arm64: break
        case .i386:
            error(at: nil, "\(image.label) is an i386 system, which Kiln registers no AMI of", hint: "build for x86_64")
        case nil:
            error(at: nil, "the architecture of \(image.label) is unknown", hint: "`kiln export --check` tells more")
        }
        if readiness.bootMode == nil {
            error(at: nil, "\(image.label) does not start by itself", hint: "`kiln export --check` tells more")
        }
        if choices.hasTPM, readiness.bootMode != .uefi {
            error(
                at: nil, "an AMI with a TPM starts by UEFI only, and \(image.label) by \(bootModeText)",
                hint: "leave the TPM out, or build the image for UEFI")
        }
    }

    private var bootModeText: String { image.readiness?.bootMode?.rawValue ?? "nothing" }

    mutating func checkChoices() {
        if choices.ways.isEmpty { error(at: nil, "no way into EC2 is chosen", hint: "ebs, s3 or import-image") }
        guard choices.ways.contains(.importImage) else { return }
        warn(
            at: nil, "ImportImage changes the system on the disk: drivers, network and boot settings",
            hint: "ebs and s3 leave it as it was built and tested")
        if image.readiness?.architecture == .arm64 {
            error(at: nil, "ImportImage takes no arm64 images", hint: "use ebs or s3")
        }
        if let readiness = image.readiness, readiness.importBootMode == nil {
            error(at: nil, "ImportImage would not find out how \(image.label) starts", hint: "use ebs or s3")
        }
        if choices.hasTPM { error(at: nil, "an image made by ImportImage has no TPM", hint: "use ebs or s3") }
    }

    mutating func regions() -> [RegionPlan] {
        guard let configuration else {
            if choices.regions.isEmpty { error(at: nil, "no region is chosen and no configuration names one") }
            return unique(choices.regions).map { plan(of: nil, in: $0) }
        }
        let known = configuration.distributions.map(\.region)
        for region in choices.regions where !known.contains(region) {
            error(
                at: nil, "the configuration '\(configuration.name)' has no region \(region)",
                hint: "it has \(known.joined(separator: ", "))")
        }
        let chosen = configuration.distributions.filter {
            choices.regions.isEmpty || choices.regions.contains($0.region)
        }
        let plans = chosen.map { distribution in
            note(unsupportedIn: distribution)
            return plan(of: distribution, in: distribution.region)
        }
        if plans.isEmpty { error(at: nil, "the configuration '\(configuration.name)' distributes to no region") }
        return plans
    }

    private func unique(_ regions: [String]) -> [String] {
        regions.enumerated().filter { !regions[..<$0.offset].contains($0.element) }.map(\.element)
    }

    private mutating func plan(of distribution: DistributionConfiguration.Distribution?, in region: String)
        -> RegionPlan
    {
        let ami = distribution?.ami
        let position = distribution?.position
        let makesImage = distribution?.asksForImage ?? true
        if makesImage { checkName(ami, at: position) }
        if let export = distribution?.s3Export { check(export, at: position) }
        if let description = ami?.description, description.count > 255 {
            error(at: position, "a description has at most 255 letters, this one \(description.count)")
        }
        if makesImage, !choices.watermarks.isEmpty, ami?.launchPermission?.userGroups.contains("all") == true {
            error(
                at: position, "an AMI with watermarks cannot be public",
                hint: "leave out the UserGroups, or the recipe's AmiWatermarks")
        }
        for parameter in distribution?.systemsManagerParameters ?? [] { checkParameter(parameter.name, at: position) }
        for template in distribution?.launchTemplates ?? [] where template.id == nil {
            error(at: position, "a launch template in \(region) has no LaunchTemplateId", hint: "lt-…")
        }
        return RegionPlan(
            region: region, name: AMIName.make(ami, for: image), description: ami?.description ?? description,
            tags: tags(ami?.tags ?? [:], at: position), watermarks: choices.watermarks, kmsKeyID: ami?.kmsKeyID,
            permissions: permissions(ami?.launchPermission, at: position),
            targetAccounts: unique(ami?.targetAccountIDs ?? []),
            launchTemplates: distribution?.launchTemplates.filter { $0.id != nil } ?? [],
            parameters: distribution?.systemsManagerParameters ?? [], deprecation: choices.deprecation,
            makesImage: makesImage, export: distribution?.s3Export, position: position)
    }

    private var description: String? { image.version.map { "\(image.name) \($0)" } }
}

extension DistributionConfiguration.Distribution {
    /// One that only exports files asks for no AMI.
    fileprivate var asksForImage: Bool {
        s3Export == nil || ami != nil || !launchTemplates.isEmpty || !systemsManagerParameters.isEmpty
    }
}
