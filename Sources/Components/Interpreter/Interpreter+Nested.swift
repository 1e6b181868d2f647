import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

extension Interpreter {
    /// Runs another document within this one, or what is left of it.
    ///
    /// Its failure is the step's. Outputs: counts of its steps, its status and where its logs are.
    mutating func executeDocument(
        _ resolved: ResolvedInput?, _ running: Running, _ deadline: ContinuousClock.Instant?
    ) async throws(ActionFailure) -> ActionOutput {
        let level = running.level + 1
        if position.frames.count == level { try await enterNested(resolved, running, deadline) }
        let result: DocumentResult
        do throws(ComponentFailure) {
            result = try await runDocument(level)
        } catch {
            // The position stays, with the nested document in it: a later run goes on there.
            let code: ActionFailureCode = error.code == .cancelled ? .cancelled : .guestLost
            throw ActionFailure(code, error.message, hint: error.hint, cause: error)
        }
        let folder = position.frames[level].folder
        position.frames.removeLast(position.frames.count - level)
        documents.removeLast(documents.count - level)
        values.removeLast(values.count - level)
        update(running) { $0.documents.append(result) }
        guard result.status != .failed else {
            throw ActionFailure(.exited(1), "the document \(result.name) failed: \(result.failureMessage)")
        }
        let outputs = [
            "executedStepCount": String(result.executedStepCount), "failedStepCount": String(result.failedStepCount),
            "ignoredFailedStepCount": String(result.ignoredFailedStepCount), "failureMessage": result.failureMessage,
            "status": result.status.rawValue, "executionId": folder,
            "logUrl": environment.logs.appending(folder).string,
        ]
        return ActionOutput([outputs])
    }

    private mutating func enterNested(
        _ resolved: ResolvedInput?, _ running: Running, _ deadline: ContinuousClock.Instant?
    ) async throws(ActionFailure) {
        let inputs = try running.step.action.read(resolved).only
        let reference = try DocumentReference(
            inputs.text("document"), owner: inputs.string("document-s3-bucket-owner"),
            in: environment.workingDirectory)
        guard running.level < Self.deepestLevel else {
            throw ActionFailure(
                .invalidInput, "the document \(reference) is nested deeper than \(Self.deepestLevel) levels",
                hint: "run its steps in a document nearer to the first")
        }
        guard !position.frames.contains(where: { $0.location == reference.description }) else {
            let chain = (position.frames.compactMap(\.location) + [reference.description]).joined(separator: " → ")
            throw ActionFailure(.invalidInput, "the documents run each other in a circle: \(chain)")
        }
        let text = try await load(reference, in: context(running, deadline: deadline))
        let document: ComponentDocument
        do {
            document = try ComponentDocument.parse(text: text, file: reference.description)
        } catch {
            throw ActionFailure(.invalidInput, "the document \(reference) is invalid: \(error)", cause: error)
        }
        let parameters = Dictionary(inputs.texts("parameters").map { ($0.name, $0.value) }) { first, _ in first }
        let known = Set(document.parameters.map(\.name))
        if let name = parameters.keys.sorted().first(where: { !known.contains($0) }) {
            throw ActionFailure(
                .invalidInput, "the document \(reference) has no parameter \(name)",
                hint: known.isEmpty ? "it has none" : "it has \(known.sorted().joined(separator: ", "))")
        }
        let given: DocumentValues
        do throws(ActionFailure) {
            given = try DocumentValues(document, given: parameters, stored: environment.stored)
        } catch {
            throw ActionFailure(
                .invalidInput, "the document \(reference): \(error.message)", hint: "give it under 'parameters'")
        }
        let phases = inputs.string("phases").map { text in
            text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        documents.append(document)
        values.append(given)
        let parent = position.frames[running.level]
        let iteration = progress(running).values == nil ? "" : "-\(progress(running).iteration + 1)"
        enter(
            name: "\(parent.name) › \(document.name ?? reference.name)", location: reference.description, source: text,
            parameters: parameters, phases: phases?.isEmpty ?? true ? nil : phases,
            folder: "\(parent.folder)/\(running.fileName)\(iteration)")
    }
}
