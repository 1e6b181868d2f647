import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// Runs documents from a position, and moves the position along: whatever has to survive a reboot is in it.
struct Interpreter {
    let environment: RunEnvironment
    var position = RunPosition()
    /// The frames' documents and the values they were given.
    var documents: [ComponentDocument]
    var values: [DocumentValues]

    /// A script that asks for a reboot each time it runs must not go on for ever.
    static let mostReboots = 25
    /// Documents may be nested this far below the first (user guide, ExecuteDocument).
    static let deepestLevel = 3
    /// Below the logs: files on their way between the host and the guest.
    static let scratchName = ".transfer"

    init(environment: RunEnvironment, first document: ComponentDocument, values: DocumentValues) {
        self.environment = environment
        documents = [document]
        self.values = [values]
    }

    /// Puts a document on top of those under way, at its start. Its `documents` and `values` are there already.
    mutating func enter(
        name: String, location: String?, source: String, parameters: [String: String], phases: [String]?, folder: String
    ) {
        let now = Date()
        let document = documents[position.frames.count]
        let result = DocumentResult(
            name: name, filePath: location, status: .success,
            description: environment.redact(document.description ?? ""),
            startTime: now, endTime: now, failureMessage: "", phases: [])
        position.frames.append(
            RunPosition.Frame(
                name: name, location: location, source: source, parameters: parameters, phases: phases, folder: folder,
                result: result))
    }

    /// Takes the place of an earlier run.
    ///
    /// - Throws: `ComponentFailure` code `invalidInput` where the position is none of this document.
    mutating func resume(_ position: RunPosition, parameters: [String: String]) throws(ComponentFailure) {
        self.position = position
        self.position.frames[0].parameters = parameters
        let first = documents[0]
        (documents, values) = ([], [])
        for (level, frame) in self.position.frames.enumerated() {
            do {
                let document = level == 0 ? first : try ComponentDocument.parse(text: frame.source, file: frame.name)
                documents.append(document)
                values.append(
                    try DocumentValues(
                        document, given: frame.parameters, stored: environment.stored, outputs: frame.outputs))
            } catch {
                throw ComponentFailure(
                    .invalidInput, "the run cannot go on in \(frame.name): \(error)", hint: "start it again",
                    cause: error)
            }
            let steps = documents[level].phases.map(\.steps.count)
            guard steps.indices.contains(frame.phase) ? frame.step <= steps[frame.phase] : frame.phase == steps.count
            else {
                throw ComponentFailure(
                    .invalidInput, "the run cannot go on in \(frame.name): its document has changed",
                    hint: "start it again")
            }
        }
    }

    /// Runs what is left of a document.
    ///
    /// - Throws: `ComponentFailure` where nothing more can run on this guest; a failed step is in the result.
    mutating func runDocument(_ level: Int) async throws(ComponentFailure) -> DocumentResult {
        let document = documents[level]
        phases: while position.frames[level].phase < document.phases.count {
            let phase = document.phases[position.frames[level].phase]
            if position.frames[level].phases?.contains(phase.name) ?? true {
                if position.frames[level].result.phases.last?.name != phase.name { begin(phase, level) }
                while position.frames[level].step < phase.steps.count {
                    let step = phase.steps[position.frames[level].step]
                    let record = try await run(step, of: phase, level)
                    note(record, level)
                    if record.status == .failed, !step.onFailure.goesOn {
                        // The end: a run that goes on from here has nothing left to do either.
                        (position.frames[level].phase, position.frames[level].step) = (document.phases.count, 0)
                    }
                    await environment.save?(position)
                    if position.frames[level].phase == document.phases.count { break phases }
                }
            }
            position.frames[level].phase += 1
            position.frames[level].step = 0
        }
        return position.frames[level].result
    }

    private mutating func begin(_ phase: ComponentPhase, _ level: Int) {
        let now = Date()
        position.frames[level].result.phases.append(
            PhaseResult(
                name: phase.name, status: .success, startTime: now, endTime: now, failureMessage: "", steps: []))
    }

    /// Adds a step that has ended to the results, and moves on to the next.
    private mutating func note(_ record: StepRecord, _ level: Int) {
        position.frames[level].progress = nil
        position.frames[level].step += 1
        var result = position.frames[level].result
        let last = result.phases.count - 1
        result.phases[last].steps.append(record)
        result.phases[last].endTime = record.endTime
        result.phases[last].status = DocumentStatus(of: result.phases[last].steps.map(\.status))
        result.endTime = record.endTime
        result.status = DocumentStatus(of: result.phases.map(\.status))
        if record.status == .failed, result.failureMessage.isEmpty {
            let phase = result.phases[last].name
            result.failureMessage = "phase \(phase): step \(record.name): \(record.failureMessage)"
        }
        if record.status == .failed, result.phases[last].failureMessage.isEmpty {
            result.phases[last].failureMessage = "step \(record.name): \(record.failureMessage)"
        }
        position.frames[level].result = result
    }
}
