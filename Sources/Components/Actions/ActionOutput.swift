/// What an action has done.
public struct ActionOutput: Sendable, Equatable {
    /// What `{{ phase.step.outputs.NAME }}` refers to: a mapping by name; for modules whose every input has outputs of its
    /// own (ListFiles, ReadFile), a list of mappings.
    public var values: ActionValue
    /// Of the program, where the action ran one.
    public var exitCode: Int32?
    /// Asked for, not done: whoever runs the steps reboots the guest, for they know where to go on.
    public var reboot: RebootRequest?

    public init(values: ActionValue = .mapping([:]), exitCode: Int32? = nil, reboot: RebootRequest? = nil) {
        self.values = values
        self.exitCode = exitCode
        self.reboot = reboot
    }

    static let none = ActionOutput()

    /// An output by name; the first input's where the module has a list of them.
    public func value(named name: String, at index: Int = 0) -> String? {
        var mapping = values
        if case .list(let elements) = values {
            guard elements.indices.contains(index) else { return nil }
            mapping = elements[index]
        } else if index != 0 {
            return nil
        }
        guard case .mapping(let fields) = mapping, case .text(let text) = fields[name] else { return nil }
        return text
    }
}

/// A reboot that an action asks for.
public enum RebootRequest: Sendable, Equatable {
    /// The program ended with 194: the step runs again on the new boot.
    case sameStepAgain
    /// The Reboot module: the next step follows.
    case nextStep(after: Duration)
}
