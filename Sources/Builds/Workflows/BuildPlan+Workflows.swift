import Documents
import Foundation

extension BuildPlan {
    /// What `$.imagebuilder.NAME` is.
    func systemVariable(_ name: String, in type: WorkflowType) -> WorkflowValue? {
        switch name.lowercased() {
        case "cloudwatchloggroup": .string("/aws/imagebuilder/\(self.name)")
        case "cloudwatchlogstream": .string("\(version)/1")
        case "collectimagemetadata": .boolean(pipeline.enhancedImageMetadataEnabled)
        case "collectimagescanfindings": .boolean(false)
        case "datetime": .string(Date().formatted(.iso8601))
        case "imagebuildnumber": .integer(1)
        case "imageid": .string(baseReference)
        case "imagename": .string(self.name)
        case "imagetype": .string("AMI")
        case "imageversionnumber": .string(version)
        case "instanceprofilename": .string(workflows.instanceProfile)
        case "platform": .string("Linux")
        case "s3logs": .mapping([:])
        case "securitygroups": .list([])
        case "sourceimagearn": .string(baseReference)
        case "subnetid": .string("")
        case "terminateinstanceonfailure": .boolean(workflows.terminatesOnFailure)
        case "workflowphase": .string(type == .build ? "Build" : type == .test ? "Test" : "Distribution")
        case "workingdirectory": .string(recipe.workingDirectory)
        default: nil
        }
    }

    /// What is wrong with the workflows that a build would only find in the middle of it.
    func checkWorkflows() throws(DocumentFailure) {
        let problems = workflows.own.flatMap { WorkflowOrder(workflow: $0, plan: self).problems() }
        guard problems.isEmpty else { throw DocumentFailure(problems) }
    }
}

/// Goes through a workflow as a build would, as far as that can be known before it.
private struct WorkflowOrder {
    let workflow: PlannedWorkflow
    let plan: BuildPlan

    private enum Instance { case none, running, imaged, ended }

    func problems() -> [Diagnostic] {
        var problems: [Diagnostic] = []
        var instance = Instance.none
        var done: Set<WorkflowAction> = []
        func problem(_ step: WorkflowStep, _ message: String, _ hint: String? = nil) {
            problems.append(
                Diagnostic(.error, at: step.position, "the step '\(step.name)' \(message)", hint: hint))
        }
        for step in workflow.document.steps {
            let holds = step.condition?.holds(known) ?? (step.condition == nil ? true : nil)
            if holds == false { continue }
            if let obstacle = step.action.obstacle {
                // Where nobody knows yet whether it runs, it fails by itself.
                if holds == true { problem(step, "cannot be done here: \(obstacle)") }
                continue
            }
            switch step.action {
            case .launchInstance:
                if instance == .running { problem(step, "launches a second instance; Kiln runs one for a workflow") }
                if instance == .imaged { problem(step, "launches an instance after the image is made") }
                instance = .running
            case .terminateInstance:
                if instance == .none { problem(step, Self.missing) }
                if instance == .running { instance = .ended }
            case .executeComponents, .runCommand, .sanitizeInstance, .createImage, .collectImageMetadata,
                .collectImageScanFindings, .waitForSSMAgent:
                if instance == .none { problem(step, Self.missing, "add a step of action LaunchInstance before it") }
                if instance == .ended { problem(step, "has no instance: it was terminated before") }
                if instance == .imaged { problem(step, "has no instance: here it ends with CreateImage") }
                if step.action == .createImage { instance = .imaged }
            default: break
            }
            if step.action == .runCommand { checkCommand(step, problem) }
            if !done.insert(step.action).inserted, [.executeComponents, .createImage].contains(step.action),
                holds == true
            {
                problem(step, "is the second of action \(step.action.rawValue)")
            }
        }
        if workflow.type == .build, !done.contains(.createImage), let last = workflow.document.steps.last {
            problems.append(
                Diagnostic(
                    .error, at: last.position, "the workflow \(workflow.name) makes no image",
                    hint: "add a step of action CreateImage"))
        }
        return problems
    }

    private static let missing = "has no instance: none is launched before it"

    private func checkCommand(_ step: WorkflowStep, _ problem: (WorkflowStep, String, String?) -> Void) {
        guard let name = step.input("documentName")?.evaluate(known)?.text, name != CommandDocument.name else { return }
        problem(step, "runs the command document \(name), which is not on this machine", "use \(CommandDocument.name)")
    }

    /// Parameters and what is known of the image; no outputs.
    private func known(_ variable: WorkflowVariable) -> WorkflowValue? {
        let name = variable.key(0) ?? ""
        return switch variable.root {
        case .parameters: workflow.parameters[name]
        case .imagebuilder: plan.systemVariable(name, in: workflow.type)
        case .stepOutputs, .workflowOutputs: nil
        }
    }
}
