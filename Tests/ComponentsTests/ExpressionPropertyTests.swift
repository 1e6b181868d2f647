import Documents
import Foundation
import SeededNumbers
import Testing

@testable import Components

/// Random documents of conditions and loops, run by the interpreter and by the few lines of a reference that reads nothing and
/// knows no guest.
@Suite("Random documents") struct ExpressionPropertyTests {
    /// A condition that knows its own YAML and truth.
    indirect enum Expression {
        case text(String, String, String)
        case number(String, Double, Double, [String])
        case file(Int)
        case and([Expression]), or([Expression])
        case not(Expression)

        func yaml() -> String {
            switch self {
            case .text(let name, let value, let operand): "{\(name): '\(operand)', value: '\(value)'}"
            case .number(let name, _, _, let spelled): "{\(name): '\(spelled[1])', value: '\(spelled[0])'}"
            case .file(let number): "{fileExists: /tmp/f\(number)}"
            case .and(let all): "{and: [\(all.map { $0.yaml() }.joined(separator: ", "))]}"
            case .or(let all): "{or: [\(all.map { $0.yaml() }.joined(separator: ", "))]}"
            case .not(let one): "{not: \(one.yaml())}"
            }
        }

        /// - Parameter files: the numbers of the files that are there.
        func holds(_ files: Set<Int>) -> Bool {
            switch self {
            case .text(let name, let value, let operand):
                let order = Self.order(value.lowercased(), operand.lowercased())
                return Self.relation(name, order)
            case .number(let name, let value, let operand, _):
                guard !value.isNaN, !operand.isNaN else { return false }
                return Self.relation(name, value < operand ? -1 : value > operand ? 1 : 0)
            case .file(let number): return files.contains(number)
            case .and(let all): return all.allSatisfy { $0.holds(files) }
            case .or(let all): return all.contains { $0.holds(files) }
            case .not(let one): return !one.holds(files)
            }
        }

        private static func order(_ left: String, _ right: String) -> Int {
            for (a, b) in zip(left.unicodeScalars, right.unicodeScalars) where a != b {
                return a.value < b.value ? -1 : 1
            }
            return left.unicodeScalars.count - right.unicodeScalars.count
        }

        private static func relation(_ name: String, _ order: Int) -> Bool {
            if name.hasSuffix("LessThan") { return order < 0 }
            if name.hasSuffix("LessThanEquals") { return order <= 0 }
            if name.hasSuffix("GreaterThan") { return order > 0 }
            if name.hasSuffix("GreaterThanEquals") { return order >= 0 }
            return order == 0
        }
    }

    private static let relations = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]

    private static func expression(_ random: inout SeededGenerator, _ depth: Int) -> Expression {
        let pick = Int.random(in: 0..<(depth > 0 ? 8 : 4), using: &random)
        switch pick {
        case 0, 1:
            let words = ["", "a", "A", "ab", "Ab ", " b", "b", "ü", "Ü", "10", "9"]
            let name = "string" + (relations.randomElement(using: &random) ?? "Equals")
            return .text(
                name, words.randomElement(using: &random) ?? "", words.randomElement(using: &random) ?? "")
        case 2:
            // Quarters are exact as binary numbers, so that the reference can count with them.
            let numbers = (0..<2).map { _ in Double(Int.random(in: -8...8, using: &random)) / 4 }
            var spelled = numbers.map { number in
                var text = number == number.rounded() && Bool.random(using: &random) ? "\(Int(number))" : "\(number)"
                if number > 0, Bool.random(using: &random) { text = "+0" + text }
                return text
            }
            var value = numbers[0]
            if Int.random(in: 0..<8, using: &random) == 0 { (spelled[0], value) = ("1 ", .nan) }
            let name = "number" + (relations.randomElement(using: &random) ?? "Equals")
            return .number(name, value, numbers[1], spelled)
        case 3: return .file(Int.random(in: 0..<4, using: &random))
        case 4, 5: return .and(many(&random, depth))
        case 6: return .or(many(&random, depth))
        default: return .not(expression(&random, depth - 1))
        }
    }

    private static func many(_ random: inout SeededGenerator, _ depth: Int) -> [Expression] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in expression(&random, depth - 1) }
    }

    /// One step, and what it does: appends its loop's values to the journal, and makes or removes a file.
    private struct Step {
        var condition: Expression?
        var branches: (then: String, else: String)
        var values: [String]?
        var file: Int
        var makes: Bool
        var onFailure: String
        var exit: Int

        func yaml(_ number: Int) -> String {
            var text = "- name: s\(number)\n  action: ExecuteBash\n  onFailure: \(onFailure)\n"
            if let condition {
                let rule = condition.yaml().dropLast() + ", then: \(branches.then), else: \(branches.else)}"
                text += "  if: \(rule)\n"
            }
            if let values { text += "  loop: {forEach: [\(values.map { "'\($0)'" }.joined(separator: ", "))]}\n" }
            let change = makes ? "touch /tmp/f\(file)" : "rm /tmp/f\(file)"
            return text + "  inputs: {commands: ['echo s\(number) {{ loop.value }}', '\(change)', 'exit \(exit)']}\n"
        }
    }

    private static func step(_ random: inout SeededGenerator) -> Step {
        let branches = ["Execute", "Skip", "Abort"]
        return Step(
            condition: Int.random(in: 0..<4, using: &random) == 0 ? nil : expression(&random, 2),
            branches: (branches.randomElement(using: &random) ?? "", branches.randomElement(using: &random) ?? ""),
            values: Bool.random(using: &random)
                ? (0..<Int.random(in: 1...3, using: &random)).map { "v\($0)" } : nil,
            file: Int.random(in: 0..<4, using: &random), makes: Bool.random(using: &random),
            onFailure: ["Abort", "Continue", "Ignore", "Ignore"].randomElement(using: &random) ?? "",
            exit: Int.random(in: 0..<4, using: &random) == 0 ? 1 : 0)
    }

    /// The language in a few lines.
    private static func reference(_ steps: [Step]) -> (journal: [String], statuses: [StepRecord.Status]) {
        var files: Set<Int> = []
        var journal: [String] = []
        var statuses: [StepRecord.Status] = []
        for (number, step) in steps.enumerated() {
            let branch = step.condition.map { $0.holds(files) ? step.branches.then : step.branches.else } ?? "Execute"
            if branch == "Skip" {
                statuses.append(.skipped)
                continue
            }
            var failed = branch == "Abort"
            for value in failed ? [] : step.values ?? ["{{ loop.value }}"] {
                journal.append("echo s\(number) \(value)")
                if step.makes { files.insert(step.file) } else { files.remove(step.file) }
                journal.append("\(step.makes ? "touch" : "rm") /tmp/f\(step.file)")
                journal.append("exit \(step.exit)")
                failed = step.exit != 0
                if failed { break }
            }
            statuses.append(failed ? (step.onFailure == "Ignore" ? .ignoredFailure : .failed) : .success)
            if failed, step.onFailure == "Abort" { break }
        }
        return (journal, statuses)
    }

    @Test("The interpreter and the reference agree", arguments: 0..<8)
    func agree(_ part: UInt64) async throws {
        for seed in (part * 25)..<(part * 25 + 25) {
            var random = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
            let steps = (0..<Int.random(in: 1...6, using: &random)).map { _ in Self.step(&random) }
            let text = document(steps.enumerated().map { $1.yaml($0) }.joined())
            let harness = Harness()
            let result: DocumentResult
            do { result = try await harness.run(text) } catch {
                Issue.record("seed \(seed): \(error)\n\(text)")
                continue
            }
            let expected = Self.reference(steps)
            #expect(harness.journal == expected.journal, "seed \(seed)\n\(text)")
            #expect(result.steps.map(\.status) == expected.statuses, "seed \(seed)\n\(text)")
        }
    }
}
