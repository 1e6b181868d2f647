import Documents
import Failures

extension ActionModule {
    /// A step's inputs, as the module's schema has them.
    ///
    /// - Throws: `ActionFailure` code `invalidInput`, for a value that was only known now.
    func read(_ inputs: ResolvedInput?) throws(ActionFailure) -> [ActionInputs] {
        do {
            return try schema.read(inputs)
        } catch {
            throw ActionFailure(.invalidInput, error.reason)
        }
    }
}

extension ActionInputs {
    func wrong(_ name: String, _ what: String) -> ActionFailure {
        ActionFailure(.invalidInput, "'\(name)' of \(place) \(what)")
    }
}
