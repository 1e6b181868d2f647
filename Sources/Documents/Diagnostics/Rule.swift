/// What a diagnostic is about, by an identifier that never changes its meaning: scripts and suppressions name it.
///
/// Every rule is described in docs/validate.md.
public enum Rule: String, Sendable, Hashable, CaseIterable {
    // Any document.
    case syntax = "KILN0001"
    case schema = "KILN0002"
    case reference = "KILN0003"
    case quota = "KILN0004"
    // The component language.
    case unknownAction = "KILN1001"
    case inputs = "KILN1002"
    case unknownReference = "KILN1003"
    case laterStep = "KILN1004"
    case unknownOutput = "KILN1005"
    case unreachable = "KILN1006"
    case duplicateName = "KILN1007"
    case loop = "KILN1008"
    case condition = "KILN1009"
    case platform = "KILN1010"
    case limits = "KILN1011"
    case nestedDocument = "KILN1012"
    case notResolved = "KILN1013"
    case phases = "KILN1014"
    // What AWS takes and what is likely wrong.
    case plainSecret = "KILN2001"
    case sudo = "KILN2002"
    case interactive = "KILN2003"
    case rebootInScript = "KILN2004"
    case ignoredFailure = "KILN2005"
    case systemPath = "KILN2006"
    case uncheckedDownload = "KILN2007"
    case uncheckedCertificate = "KILN2008"
    case worldWritable = "KILN2009"
    case pipedScript = "KILN2010"
    case unusedName = "KILN2011"

    /// Only reported where it is asked for.
    public var isStrict: Bool { rawValue.hasPrefix("KILN2") }

    /// What the rule looks for, in one sentence.
    public var summary: String {
        switch self {
        case .syntax: "The file is readable as YAML or JSON."
        case .schema: "Every key is known, has a value of its type, and what is required is there."
        case .reference: "What a template refers to is in it."
        case .quota: "The document is within the service's quotas."
        case .unknownAction: "A step's action is an action module."
        case .inputs: "A step's inputs are those of its action module."
        case .unknownReference: "An expression names a parameter, constant, phase, step or input that is there."
        case .laterStep: "An expression refers to a step that runs before its own, on the same guest."
        case .unknownOutput: "An expression asks for an output that the step's action module has."
        case .unreachable: "Every step can run."
        case .duplicateName:
            "Phases, steps of a phase, loops of a phase, parameters and constants have names of their own."
        case .loop: "A loop has values, and an end."
        case .condition: "A conditional expression has one operator with what it compares."
        case .platform: "An action module runs on the component's platform."
        case .limits: "A step's time limit and attempts are such as its action module takes."
        case .nestedDocument: "A nested document is there, nests at most three deep, and is given its parameters."
        case .notResolved: "What looks like an expression is one, and is not left as it is written."
        case .phases: "A document has a phase that a build runs."
        case .plainSecret: "No secret is written in a document."
        case .sudo: "A script does not call sudo: it runs as root."
        case .interactive: "A package manager in a script does not wait for an answer."
        case .rebootInScript: "A script asks for a reboot by exit code 194, or a Reboot step does it."
        case .ignoredFailure: "A failing command in the middle of a script ends it."
        case .systemPath: "No folder that the system needs is deleted."
        case .uncheckedDownload: "A download over http:// has a checksum."
        case .uncheckedCertificate: "Certificates of servers are checked."
        case .worldWritable: "Files and folders are not writable by everyone."
        case .pipedScript: "A script from the network is not run unseen."
        case .unusedName: "Every parameter and constant is used."
        }
    }
}
