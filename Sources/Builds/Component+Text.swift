import Documents
import Failures

extension [Component] {
    /// The text of the newest one that an ARN, perhaps with wildcards, names: what ExecuteDocument runs.
    ///
    /// - Parameter missing: what is thrown where none is named so.
    /// - Throws: `BuildFailure` code `invalid` for what is no ARN, too.
    func text(of reference: String, missing: @autoclosure () -> BuildFailure) throws(BuildFailure) -> String {
        let arn: ImageBuilderARN
        do { arn = try ImageBuilderARN(reference) } catch { throw BuildFailure(.invalid, error.description) }
        guard let component = newest(named: arn) else { throw missing() }
        return component.document.source
    }
}
