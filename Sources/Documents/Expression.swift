/// The `{{ … }}` parts of a text: a parameter, or a value of a step (`phase.step.outputs.stdout`).
public enum Expression {
    public enum Part: Equatable, Sendable {
        case text(String)
        case reference(String)
    }

    /// Splits a text; a `{{` without its end is text, as shells and templates of other tools use the same signs.
    public static func parts(_ text: String) -> [Part] {
        var parts: [Part] = []
        var rest = Substring(text)
        while let start = rest.range(of: "{{"), let end = rest[start.upperBound...].range(of: "}}") {
            let inside = rest[start.upperBound..<end.lowerBound]
            let name = inside.trimmingBlanks
            guard isReference(name) else {
                parts.append(.text(String(rest[..<end.upperBound])))
                rest = rest[end.upperBound...]
                continue
            }
            if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            parts.append(.reference(name))
            rest = rest[end.upperBound...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        return parts
    }

    /// The text with its references replaced; `value` gives nil for what has none.
    ///
    /// - Returns: nil and the first reference that has no value.
    public static func evaluate(_ text: String, value: (String) -> String?) -> Result<String, MissingValue> {
        var result = ""
        for part in parts(text) {
            switch part {
            case .text(let text): result += text
            case .reference(let name):
                guard let found = value(name) else { return .failure(MissingValue(reference: name)) }
                result += found
            }
        }
        return .success(result)
    }

    public struct MissingValue: Error, Equatable {
        public let reference: String
    }

    private static func isReference(_ name: String) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "._-[]:".contains($0) }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        var text = self.drop(while: \.isWhitespace)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// The first place of a short text.
    fileprivate func range(of mark: String) -> Range<Index>? {
        let mark = Array(mark)
        var index = startIndex
        while index < endIndex {
            if self[index...].starts(with: mark) { return index..<self.index(index, offsetBy: mark.count) }
            index = self.index(after: index)
        }
        return nil
    }
}

/// That each reference of a document names something which is there by then.
struct ReferenceCheck {
    let document: ComponentDocument
    let diagnostics: Diagnostics

    func run() {
        var outputs: Set<String> = []
        let parameters = Set(document.parameters.map(\.name))
        let later = Set(
            document.phases.flatMap { phase in phase.steps.map { "\(phase.name).\($0.name)" } })
        for phase in document.phases {
            for step in phase.steps {
                guard case .executeBash(let commands) = step.action else { continue }
                for case .reference(let name) in commands.flatMap(Expression.parts) {
                    check(name, at: step, parameters, outputs, later)
                }
                outputs.insert("\(phase.name).\(step.name)")
            }
        }
    }

    private func check(
        _ name: String, at step: ComponentDocument.Step, _ parameters: Set<String>, _ outputs: Set<String>,
        _ all: Set<String>
    ) {
        if parameters.contains(name) { return }
        let parts = name.split(separator: ".").map(String.init)
        guard parts.count == 4 else {
            diagnostics.error(
                step.position, "{{ \(name) }} names no parameter\(suggestion(for: name, among: parameters))")
            return
        }
        let target = "\(parts[0]).\(parts[1])"
        if !all.contains(target) {
            diagnostics.error(
                step.position, "{{ \(name) }} names a step that is not there\(suggestion(for: target, among: all))")
        } else if !outputs.contains(target) {
            diagnostics.error(step.position, "{{ \(name) }} names a step that has not run by then")
        } else if parts[2] != "outputs" || parts[3] != "stdout" {
            diagnostics.error(step.position, "{{ \(name) }}: ExecuteBash has the output outputs.stdout only")
        }
    }
}
