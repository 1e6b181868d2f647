import Documents
import Foundation
import ImageBuilderAPI

extension TemplateApplication {
    /// What the API would refuse of resources that the rules of documents let pass, by the service's model. Resources with
    /// values that are not known are left out.
    func contractProblems() -> [Diagnostic] {
        wanted.filter(\.resolved.isWhole).compactMap { resource in
            do throws(ResourceRequest.Refusal) {
                _ = try resource.request([:])
                return nil
            } catch {
                let resolved = resource.resolved
                let place = error.member.flatMap { MemberPath($0).find(in: resolved.properties) }
                return Diagnostic(
                    .error, at: place ?? resolved.position,
                    "\(resource.logicalID) (\(resource.type.rawValue)): \(error.message)")
            }
        }
    }

    /// - Throws: `DocumentFailure` with those problems.
    func checkContract() throws(DocumentFailure) {
        let problems = contractProblems()
        guard problems.isEmpty else { throw DocumentFailure(problems) }
    }
}

/// "distributions[0].region", as the API names a member.
struct MemberPath {
    private enum Step {
        case member(Substring)
        case element(Int)
    }

    private let steps: [Step]

    init(_ text: String) {
        var steps: [Step] = []
        for part in text.split(separator: ".") {
            let names = part.split(separator: "[")
            guard let name = names.first else { continue }
            steps.append(.member(name))
            for index in names.dropFirst() { if let number = Int(index.dropLast()) { steps.append(.element(number)) } }
        }
        self.steps = steps
    }

    /// Where the value is written; of one that is missing, what it is missing in.
    func find(in properties: DocumentNode) -> SourcePosition {
        var node = properties
        for step in steps {
            let next: DocumentNode? =
                switch step {
                case .member(let name):
                    node.entries?.first { $0.key == name || TemplateMembers.spelled($0.key) == name }?.value
                case .element(let index): node.elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                }
            guard let next else { break }
            node = next
        }
        return node.position
    }
}
