/// What a template does not say itself: parameter values, and where it would be deployed.
public struct TemplateContext: Sendable {
    /// A component document that a template names by `Uri`.
    public struct LoadedDocument: Sendable {
        public let text: String
        /// How diagnostics call it.
        public let file: String

        public init(text: String, file: String) {
            self.text = text
            self.file = file
        }
    }

    /// A document that cannot be got from here, wherever that is.
    public struct UnreachableDocument: Error {
        public let hint: String

        public init(hint: String) { self.hint = hint }
    }

    /// Values by parameter name, as on the command line; lists have commas.
    public var parameters: [String: String]
    public var region: String
    /// Twelve digits.
    public var accountID: String
    public var partition: String
    public var stackName: String
    /// Values of Systems Manager parameters by name, for parameters of type `AWS::SSM::Parameter::Value<…>`. One that
    /// is not here is passed on as `ssm:NAME`, which a parent image may be.
    public var systemsManagerParameters: [String: String]
    /// Values that other stacks export, by their names there, for `Fn::ImportValue`.
    public var exports: [String: String] = [:]
    /// Gets what a `Uri` names: `s3://…`, or a path relative to the template. Nil: a `Uri` is an error.
    public var loadComponent: (@Sendable (_ uri: String) throws -> LoadedDocument)?
    /// Whether a resource outside the template exists: a component Amazon manages, one built earlier. Nil: everything
    /// Amazon manages is taken to exist, and nothing else does.
    public var isKnown: (@Sendable (ImageBuilderARN) -> Bool)?
    /// Resources outside of the template that are to be had here. They are found by the ARNs that name them, after the
    /// template's own.
    public var outside: [OutsideResource] = []
    /// The versions there are of a resource named without one, for a recipe whose version ends in a wildcard (`1.0.x`)
    /// and gets the next. Nil: none.
    public var existingVersions: (@Sendable (ImageBuilderARN) -> [SemanticVersion])?
    /// Parameters without a value are warnings, and what depends on them is not checked: for validation alone.
    public var allowsMissingParameters = false
    /// Resources that are nowhere are warnings: for validation alone.
    public var allowsMissingResources = false

    public init(
        parameters: [String: String] = [:], region: String = "us-east-1", accountID: String = "000000000000",
        partition: String? = nil, stackName: String = "kiln", systemsManagerParameters: [String: String] = [:],
        loadComponent: (@Sendable (_ uri: String) throws -> LoadedDocument)? = nil,
        isKnown: (@Sendable (ImageBuilderARN) -> Bool)? = nil
    ) {
        self.parameters = parameters
        self.region = region
        self.accountID = accountID
        self.partition = partition ?? Self.partition(of: region)
        self.stackName = stackName
        self.systemsManagerParameters = systemsManagerParameters
        self.loadComponent = loadComponent
        self.isKnown = isKnown
    }

    /// The partition a region belongs to.
    public static func partition(of region: String) -> String {
        if region.hasPrefix("cn-") { return "aws-cn" }
        if region.hasPrefix("us-gov-") { return "aws-us-gov" }
        return "aws"
    }

    var urlSuffix: String { partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com" }
}
