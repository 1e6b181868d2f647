public import Failures
import Foundation
public import Store

/// What somebody wants to have made, in the members of the operation that makes it. Here, and nowhere else, it becomes what is
/// stored: for the API's operations as for `kiln apply` and `kiln build`.
public struct ResourceRequest: Sendable {
    public let kind: ResourceKind
    let members: [String: JSONValue]

    /// What the request says of others, as whoever has the store has found it.
    public struct Surroundings: Sendable {
        /// The document of a component or workflow, the Dockerfile of a container recipe, wherever it was.
        public var text: String?
        /// Of a component that is not made from a document of one's own.
        public var type: String?
        /// Documents of a recipe's components, in its order; null for one that is not here.
        public var components: [JSONValue] = []
        /// The document of a recipe's parent, where that is an image of this store.
        public var parent: JSONValue?
        /// The document of a pipeline's recipe.
        public var recipe: JSONValue?

        public init(text: String? = nil) { self.text = text }
    }

    /// What the service would have answered.
    public struct Refusal: ReportableError {
        public let message: String
        /// The member that is at fault, as in "components[0].componentArn"; nil where it is not one alone.
        public let member: String?
        public var hint: String? { nil }
        public var exitStatus: ExitStatus { .failed }

        public init(_ message: String, member: String? = nil) {
            self.message = message
            self.member = member
        }

        init(_ error: APIError) { self.init(error.message, member: error.parameter) }
    }

    /// - Parameter members: as the operation's shape has them.
    init(_ kind: ResourceKind, _ members: JSONValue) {
        self.kind = kind
        self.members = members.members ?? [:]
    }

    /// Checks the members against the contract; those that the operation does not know are left out.
    public init(_ kind: ResourceKind, checking members: JSONValue) throws(Refusal) {
        guard let operation = Contract.current.operations["Create\(kind.typeName)"] else {
            throw Refusal("\(kind.phrase) is not made by itself")
        }
        // One that nobody sends again needs no token.
        let whole = (members.members ?? [:]).merging(["clientToken": "-"]) { $1 }
        do throws(APIError) {
            self.init(kind, try ShapeCheck(contract: .current).checked(.object(whole), operation.input))
        } catch { throw Refusal(error) }
    }

    /// What is made, without a version where that is still to be chosen.
    public func resource(_ around: Surroundings) throws(Refusal) -> NewResource {
        do throws(APIError) { return try made(around) } catch { throw Refusal(error) }
    }

    func made(_ around: Surroundings) throws(APIError) -> NewResource {
        NewResource(
            kind, name: text("name") ?? "", version: version?.exact,
            workflowType: kind == .workflow ? text("type") : nil,
            document: Data(JSONValue.object(try document(around)).bytes), tags: members["tags"]?.texts ?? [:],
            references: references(around), state: state)
    }

    /// Nil for kinds without versions, and for a text that is none.
    public var version: ResourceVersionPattern? { text("semanticVersion").flatMap { ResourceVersionPattern($0) } }

    /// What a new one is set to, or one that is updated.
    private var state: String? {
        switch kind {
        case .component: "ACTIVE"
        case .imagePipeline, .lifecyclePolicy: text("status") ?? "ENABLED"
        default: nil
        }
    }

    func text(_ member: String) -> String? { self[member]?.text }

    subscript(_ member: String) -> JSONValue? { JSONValue.object(members)[member] }
}
