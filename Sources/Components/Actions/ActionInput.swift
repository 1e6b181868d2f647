import Failures

/// One mapping of an action's inputs, with its values read as what they have to be.
///
/// Most of it is known to be right since the document was checked; chained values are known only here.
public struct ActionInput: Sendable, Equatable {
    private let fields: [String: ActionValue]
    /// For messages: "inputs[2]".
    let place: String

    init(_ fields: [String: ActionValue], place: String) {
        self.fields = fields
        self.place = place
    }

    /// - Throws: `ActionFailure` code `invalidInput`, as all below.
    func string(_ name: String) throws(ActionFailure) -> String {
        guard let text = try optionalString(name) else { throw wrong(name, "is missing, expected a string") }
        guard !text.isEmpty else { throw wrong(name, "is empty, expected a string") }
        return text
    }

    /// nil where it is not given; an empty string is one.
    func optionalString(_ name: String) throws(ActionFailure) -> String? {
        switch fields[name] {
        case nil: return nil
        case .text(let text): return text
        case .some(let other): throw wrong(name, "is \(other.kind), expected a string")
        }
    }

    func bool(_ name: String, default standard: Bool) throws(ActionFailure) -> Bool {
        guard let text = try optionalString(name) else { return standard }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw wrong(name, "is \"\(text)\", expected true or false")
        }
    }

    func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws(ActionFailure) -> Int {
        guard let text = try optionalString(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw wrong(
                name, "is \"\(text)\", expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A list of strings, nil where it is not given; one string alone counts as a list of one.
    func strings(_ name: String) throws(ActionFailure) -> [String]? {
        switch fields[name] {
        case nil: return nil
        case .text(let text): return [text]
        case .mapping: throw wrong(name, "is a mapping, expected a list of strings")
        case .list(let elements):
            var texts: [String] = []
            for (index, element) in elements.enumerated() {
                guard case .text(let text) = element else {
                    throw wrong("\(name)[\(index)]", "is \(element.kind), expected a string")
                }
                texts.append(text)
            }
            return texts
        }
    }

    func wrong(_ name: String, _ what: String) -> ActionFailure {
        ActionFailure(.invalidInput, "\(place).\(name) \(what)")
    }
}
