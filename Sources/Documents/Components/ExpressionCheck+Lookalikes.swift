extension ExpressionCheck {
    /// Warns of texts between braces that are no expressions and look as if they should be: they reach the guest as
    /// they are written.
    ///
    /// Scripts carry other template languages, so only what begins with a phase of the document and one of its steps,
    /// or with the step's loop, counts as a slip.
    func checkLookalikes(of step: ComponentStep) {
        for text in step.inputs?.texts ?? [] where text.source.contains("{{") {
            for part in text.parts {
                guard case .literal(let literal) = part else { continue }
                for candidate in Self.braced(literal) {
                    let place = text.source.firstRange(of: candidate).map { text.position(at: $0.lowerBound) }
                    check(candidate, in: step, at: place ?? text.position)
                }
            }
        }
    }

    private func check(_ candidate: Substring, in step: ComponentStep, at position: SourcePosition) {
        let segments = candidate.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard segments.count >= 2 else { return }
        let hint: String
        if segments.count == 2, let loop = step.loop, [Loop.ownName, loop.name].contains(segments[0]) {
            hint = "a loop has index and value"
        } else if segments.count >= 3,
            declared.contains(where: { $0.phase == segments[0] && $0.steps.contains(segments[1]) })
        {
            hint = "{{ \(segments[0]).\(segments[1]).inputs.… }} or {{ \(segments[0]).\(segments[1]).outputs.… }}"
        } else {
            return
        }
        diagnostics.warning(
            at: position, "'{{ \(candidate) }}' is no expression and stays as it is written", hint: hint,
            rule: .notResolved)
    }

    /// What stands between double braces, without the blanks.
    private static func braced(_ text: String) -> [Substring] {
        var result: [Substring] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            result.append(rest[open.upperBound..<close.lowerBound].trimmingBlanks)
            rest = rest[close.upperBound...]
        }
        return result
    }
}
