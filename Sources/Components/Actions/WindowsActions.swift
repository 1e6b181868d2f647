import Documents
import Failures

/// Windows Installer packages: only Windows has them.
enum InstallMSI: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        throw .windowsOnly("InstallMSI")
    }
}

enum UninstallMSI: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        throw .windowsOnly("UninstallMSI")
    }
}

enum SetRegistry: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        throw .windowsOnly("SetRegistry")
    }
}

extension Failure where Code == ActionFailureCode {
    fileprivate static func windowsOnly(_ module: String) -> ActionFailure {
        ActionFailure(
            .unsupported, "the action \(module) is not supported on the platform linux",
            hint: "use it in a component of the platform Windows")
    }
}
