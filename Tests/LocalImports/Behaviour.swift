extension LocalImports {
    /// What an account has, and what shall go wrong in it.
    public struct Behaviour: Sendable {
        /// Roles that the service may assume; a request that names another is refused.
        public var roles: Set<String> = ["vmimport"]
        /// Every request for an import is refused so.
        public var refusal: Refusal?
        /// Every task comes as far as the stage, and is deleted with the message.
        public var failure: (stage: Stage, message: String)?
        /// Every task stays at the stage until it is cancelled.
        public var standstill: Stage?

        public init() {}
    }

    /// Where a task stands, by EC2's status messages.
    public enum Stage: String, Sendable, CaseIterable {
        case pending, converting, updating

        /// Per cent.
        var progress: Int {
            switch self {
            case .pending: 3
            case .converting: 30
            case .updating: 76
            }
        }
    }

    /// An error as EC2 answers it.
    public struct Refusal: Error, Sendable, Equatable {
        public var code: String
        public var message: String
        public var status = 400

        public init(_ code: String, _ message: String, status: Int = 400) {
            self.code = code
            self.message = message
            self.status = status
        }
    }
}

/// Why a task is deleted, in EC2's words as far as reports show them: "Reason 403 Forbidden", "No valid partitions" and the
/// frame "Disk validation failed […]" are EC2's for sure, other reasons in brackets are after its manner.
struct ImportFault: Error, Sendable, Equatable {
    let message: String

    init(_ message: String) { self.message = message }

    /// - Parameter reason: that EC2 has in brackets.
    static func invalid(_ reason: String) -> ImportFault {
        ImportFault("ClientError: Disk validation failed [\(reason)]")
    }

    static func noAccess(_ status: String) -> ImportFault {
        invalid("We do not have access to the given resource. Reason \(status)")
    }
}
