import Documents

/// What is run on every case: all that reads a document without a guest.
enum Target {
    static func run(_ bytes: [UInt8]) {
        var set = DocumentSet()
        set.add(bytes: bytes, file: "case")
        _ = set.validate(strict: true)
        let text = String(decoding: bytes, as: UTF8.self)
        let interpolation = Interpolation(text)
        // What has no value stays as it is written, and reads the same again.
        let once = interpolation.evaluate { _ in nil }
        precondition(Interpolation(once).evaluate { _ in nil } == once, "an expression does not read the same twice")
        for component in set.components {
            for step in component.document.phases.flatMap(\.steps) {
                let resolved = step.inputs?.evaluate { _ in "true" }
                _ = try? step.action.schema.read(resolved)
                _ = step.condition?.condition.constantValue
            }
        }
    }
}
