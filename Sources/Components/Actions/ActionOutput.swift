/// What an action has done.
public struct ActionOutput: Sendable, Equatable {
    /// What `{{ phase.step.outputs.NAME }}` refers to, by name: one entry, but for modules whose every input has outputs of
    /// its own (ListFiles, ReadFile), an entry for each of them.
    public var entries: [[String: String]]
    /// Of the program, where the action ran one.
    public var exitCode: Int32?
    /// Asked for, not done: whoever runs the steps reboots the guest, for they know where to go on.
    public var reboot: RebootRequest?

    public init(_ entries: [[String: String]] = [], exitCode: Int32? = nil, reboot: RebootRequest? = nil) {
        self.entries = entries
        self.exitCode = exitCode
        self.reboot = reboot
    }

    static let none = ActionOutput()

    /// An output by name; the first input's where the module has a list of them.
    public func value(named name: String, at index: Int = 0) -> String? {
        entries.indices.contains(index) ? entries[index][name] : nil
    }
}

/// A reboot that an action asks for.
public enum RebootRequest: Sendable, Equatable {
    /// The program ended with 194: the step runs again on the new boot.
    case sameStepAgain
    /// The Reboot module: the next step follows.
    case nextStep(after: Duration)
}
