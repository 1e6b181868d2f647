public import Documents
public import Failures
import HostSystem
import SystemPackage

/// Runs the phases of component documents on a guest, as AWS's task orchestrator does.
public struct DocumentRunner: Sendable {
    let environment: RunEnvironment

    public init(_ environment: RunEnvironment) {
        self.environment = environment
    }

    /// Runs those phases of the document that are named, in the document's order.
    ///
    /// - Parameters:
    ///   - component: its name in events and logs.
    ///   - number: of the component in its recipe, from 1: one that is used twice has two folders of logs.
    ///   - location: an ARN or a path; a nested document that leads back to it is refused.
    ///   - phases: nil: all of them.
    ///   - parameters: values by name; the document's defaults stand for the others.
    ///   - position: where an earlier run of the same document on a copy of the same guest was.
    /// - Returns: what became of it, also where a step failed: `demandSuccess()` throws that.
    /// - Throws: `ComponentFailure`: `invalidInput` for a parameter without a value; `guestLost`; `cancelled`; `logUnwritable`.
    @discardableResult
    public func run(
        _ document: ComponentDocument, named component: String, number: Int = 1, location: String? = nil,
        phases: [String]? = nil, parameters: [String: String] = [:], from position: RunPosition? = nil
    ) async throws(ComponentFailure) -> DocumentResult {
        let values: DocumentValues
        do {
            values = try DocumentValues(document, given: parameters, stored: environment.stored)
        } catch {
            throw ComponentFailure(
                .invalidInput, "the component \(component): \(error.message)",
                hint: "give one under Components: Parameters in the recipe")
        }
        var interpreter = Interpreter(environment: environment, first: document, values: values)
        if let position, !position.frames.isEmpty {
            try interpreter.resume(position, parameters: parameters)
        } else {
            let folder = FileName.numbered(number, component)
            interpreter.enter(
                name: component, location: location, source: "", parameters: parameters, phases: phases, folder: folder)
        }
        let scratch = environment.logs.appending(Interpreter.scratchName)
        do throws(ComponentFailure) {
            let result = try await interpreter.runDocument(0)
            try? Folders.remove(scratch)
            return result
        } catch {
            try? Folders.remove(scratch)
            throw error
        }
    }
}
