/// The comparison operators of `if` and Assert (user guide, toe-comparison-operators); all platforms have them all.
public enum ComparisonOperator: String, Sendable, Hashable, CaseIterable {
    // Texts, without regard to case, blanks kept.
    case stringIsEmpty
    case stringIsWhitespace
    case stringEquals
    case stringLessThan
    case stringLessThanEquals
    case stringGreaterThan
    case stringGreaterThanEquals
    /// A regular expression in RE2 syntax, found anywhere in the value.
    case patternMatches
    // Numbers, or texts that are numbers.
    case numberEquals
    case numberLessThan
    case numberLessThanEquals
    case numberGreaterThan
    case numberGreaterThanEquals
    // Files on the guest.
    case binaryExists
    case fileExists
    case folderExists
    case fileMD5Equals
    case fileSHA1Equals
    case fileSHA256Equals
    case fileSHA512Equals

    /// The key beside the operator that names what is compared; nil for operators of one value.
    ///
    /// `numberLessThan: 2` with `value: 1` is true: the value is less than the operator's operand.
    public var subjectKey: String? {
        switch self {
        case .stringIsEmpty, .stringIsWhitespace, .binaryExists, .fileExists, .folderExists: nil
        case .fileMD5Equals, .fileSHA1Equals, .fileSHA256Equals, .fileSHA512Equals: "path"
        default: "value"
        }
    }

    public var comparesNumbers: Bool { rawValue.hasPrefix("number") }

    /// The digits of the hash in hexadecimal, for the operators that compare one.
    public var hashLength: Int? {
        switch self {
        case .fileMD5Equals: 32
        case .fileSHA1Equals: 40
        case .fileSHA256Equals: 64
        case .fileSHA512Equals: 128
        default: nil
        }
    }
}
