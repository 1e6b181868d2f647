/// A component document of AWS's task orchestrator and executor, schema version 1.0
/// (user guide, "Use the AWSTOE component document framework for custom components").
public struct ComponentDocument: Sendable, Equatable {
    public var name: String?
    public var description: String?
    public var parameters: [Parameter]
    public var phases: [Phase]

    public struct Parameter: Sendable, Equatable {
        public var name: String
        public var defaultValue: String?
    }

    public struct Phase: Sendable, Equatable {
        public var name: String
        public var steps: [Step]
    }

    public struct Step: Sendable, Equatable {
        public enum OnFailure: String, Sendable, CaseIterable {
            case abort = "Abort", `continue` = "Continue", ignore = "Ignore"
        }
        public var name: String
        public var action: Action
        /// Seconds for one attempt; nil is no limit (-1 in the document).
        public var timeoutSeconds: Int?
        public var onFailure: OnFailure
        public var maxAttempts: Int
        public var position: SourcePosition
    }

    public enum Action: Sendable, Equatable {
        /// The commands, one after the other, are one script.
        case executeBash(commands: [String])
        case reboot(delaySeconds: Int)
    }

    static let defaultTimeout = 7200
}

extension ComponentDocument {
    /// Parses a document by itself.
    public static func parse(_ text: String, file: String, diagnostics: Diagnostics) -> ComponentDocument? {
        guard let node = DocumentNode.parse(text, file: file, diagnostics: diagnostics) else { return nil }
        return ComponentDocument(node, diagnostics)
    }

    public init?(_ node: DocumentNode, _ diagnostics: Diagnostics) {
        guard var fields = FieldReader(node, what: "a component document", diagnostics) else { return nil }
        name = fields.string("name")
        description = fields.string("description")
        if let version = fields.field("schemaVersion", required: true), !["1.0", "1"].contains(version.text) {
            diagnostics.error(version.position, "schemaVersion must be 1.0, not \(version.text ?? version.kindName)")
        }
        parameters = (fields.list("parameters") ?? []).flatMap { Self.parameters($0, diagnostics) }
        for constant in fields.list("constants") ?? [] {
            diagnostics.error(constant.position, "constants are not run by this Kiln yet")
        }
        phases = []
        for node in fields.list("phases", required: true) ?? [] {
            guard let phase = Self.phase(node, diagnostics) else { continue }
            if phases.contains(where: { $0.name == phase.name }) {
                diagnostics.error(node.position, "there are two phases named \(phase.name)")
            }
            phases.append(phase)
        }
        if let list = node["phases"], case .sequence(let items) = list.value, items.isEmpty {
            diagnostics.error(list.position, "a component document needs a phase: build, validate or test")
        }
        fields.reportUnknown()
        ReferenceCheck(document: self, diagnostics: diagnostics).run()
    }

    private static func parameters(_ node: DocumentNode, _ diagnostics: Diagnostics) -> [Parameter] {
        guard case .mapping(let pairs) = node.value else {
            diagnostics.error(node.position, "a parameter is a mapping of its name, not \(node.kindName)")
            return []
        }
        return pairs.compactMap { key, value in
            guard let name = key.text, var fields = FieldReader(value, what: "a parameter", diagnostics) else {
                return nil
            }
            if let type = fields.field("type", required: true), type.text != "string" {
                diagnostics.error(type.position, "type must be string, not \(type.text ?? type.kindName)")
            }
            let defaultValue = fields.string("default")
            fields.allow("description", "allowedValues")
            fields.reportUnknown()
            return Parameter(name: name, defaultValue: defaultValue)
        }
    }

    private static func phase(_ node: DocumentNode, _ diagnostics: Diagnostics) -> Phase? {
        guard var fields = FieldReader(node, what: "a phase", diagnostics) else { return nil }
        let name = fields.string("name", required: true)
        var steps: [Step] = []
        for node in fields.list("steps", required: true) ?? [] {
            guard let step = step(node, diagnostics) else { continue }
            if steps.contains(where: { $0.name == step.name }) {
                diagnostics.error(node.position, "there are two steps named \(step.name) in this phase")
            }
            steps.append(step)
        }
        fields.reportUnknown()
        return name.map { Phase(name: $0, steps: steps) }
    }

    private static func step(_ node: DocumentNode, _ diagnostics: Diagnostics) -> Step? {
        guard var fields = FieldReader(node, what: "a step", diagnostics) else { return nil }
        let name = fields.string("name", required: true)
        let timeout = fields.integer("timeoutSeconds")
        if let timeout, timeout == 0 || timeout < -1, let place = node["timeoutSeconds"] {
            diagnostics.error(place.position, "timeoutSeconds must be 1 or more, or -1 for no limit; found \(timeout)")
        }
        var onFailure = Step.OnFailure.abort
        if let value = fields.field("onFailure") {
            let choices = Step.OnFailure.allCases.map(\.rawValue)
            if let choice = value.text.flatMap(Step.OnFailure.init(rawValue:)) {
                onFailure = choice
            } else {
                let found = value.text ?? value.kindName
                diagnostics.error(
                    value.position,
                    "onFailure must be \(choices.joined(separator: ", ")), not \(found)\(suggestion(for: found, among: choices))"
                )
            }
        }
        let attempts = fields.integer("maxAttempts") ?? 1
        if attempts < 1, let place = node["maxAttempts"] {
            diagnostics.error(place.position, "maxAttempts must be 1 or more, not \(attempts)")
        }
        for construct in ["loop", "if"] {
            guard let found = fields.field(construct) else { continue }
            diagnostics.error(found.position, "\(construct) is not run by this Kiln yet")
        }
        let actionName = fields.field("action", required: true)
        let inputs = fields.field("inputs")
        fields.reportUnknown()
        guard let name, let actionName, let action = action(actionName, inputs, node, diagnostics) else { return nil }
        return Step(
            name: name, action: action, timeoutSeconds: timeout == -1 ? nil : timeout ?? defaultTimeout,
            onFailure: onFailure, maxAttempts: attempts, position: node.position)
    }

    private static func action(
        _ name: DocumentNode, _ inputs: DocumentNode?, _ step: DocumentNode, _ diagnostics: Diagnostics
    ) -> Action? {
        let word = name.text ?? ""
        guard ActionModules.run.contains(word) else {
            let message =
                ActionModules.all.contains(word)
                ? "the action \(word) is not run by this Kiln yet; ExecuteBash and Reboot are"
                : "there is no action \(word)\(suggestion(for: word, among: ActionModules.all))"
            diagnostics.error(name.position, message)
            return nil
        }
        if word == "Reboot" {
            guard let inputs, !inputs.isNull else { return .reboot(delaySeconds: 0) }
            guard var fields = FieldReader(inputs, what: "the inputs of Reboot", diagnostics) else { return nil }
            let delay = fields.integer("delaySeconds") ?? 0
            if delay < 0 { diagnostics.error(inputs.position, "delaySeconds must be 0 or more, not \(delay)") }
            fields.reportUnknown()
            return .reboot(delaySeconds: delay)
        }
        guard let inputs else {
            diagnostics.error(step.position, "ExecuteBash needs inputs with commands")
            return nil
        }
        guard var fields = FieldReader(inputs, what: "the inputs of ExecuteBash", diagnostics) else { return nil }
        var commands: [String] = []
        for command in fields.list("commands", required: true) ?? [] {
            guard let text = command.text else {
                diagnostics.error(
                    command.position,
                    "a command must be text, not \(command.kindName); quote it where it has ': ' or '{{'")
                continue
            }
            commands.append(text)
        }
        if let list = inputs["commands"], case .sequence(let items) = list.value, items.isEmpty {
            diagnostics.error(list.position, "ExecuteBash needs a command")
        }
        fields.reportUnknown()
        return .executeBash(commands: commands)
    }
}
