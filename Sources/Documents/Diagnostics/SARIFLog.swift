/// Diagnostics in SARIF 2.1.0, which code scanners and editors read (OASIS, Static Analysis Results Interchange Format).
public struct SARIFLog: Encodable, Sendable {
    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let version = "2.1.0"
    let runs: [Run]

    enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    /// - Parameter version: Kiln's own.
    public init(_ diagnostics: [Diagnostic], version: String) {
        let rules = Rule.allCases.map(ReportingDescriptor.init)
        runs = [
            Run(
                tool: Tool(driver: Driver(name: "Kiln", version: version, rules: rules)),
                // Our columns count Unicode scalars; SARIF's own default would be UTF-16.
                columnKind: "unicodeCodePoints", results: diagnostics.map(Result.init))
        ]
    }

    struct Run: Encodable, Sendable {
        let tool: Tool
        let columnKind: String
        let results: [Result]
    }

    struct Tool: Encodable, Sendable {
        let driver: Driver
    }

    struct Driver: Encodable, Sendable {
        let name: String
        let version: String
        let rules: [ReportingDescriptor]
    }

    struct Text: Encodable, Sendable {
        let text: String
    }
}

extension SARIFLog {
    struct ReportingDescriptor: Encodable, Sendable {
        let id: String
        let name: String
        let shortDescription: Text
        let defaultConfiguration: Configuration

        init(_ rule: Rule) {
            id = rule.rawValue
            name = String(describing: rule)
            shortDescription = Text(text: rule.summary)
            defaultConfiguration = Configuration(level: rule.isStrict ? "warning" : "error", enabled: !rule.isStrict)
        }
    }

    struct Configuration: Encodable, Sendable {
        let level: String
        let enabled: Bool
    }

    struct Result: Encodable, Sendable {
        let ruleId: String
        let ruleIndex: Int
        let level: String
        let message: Text
        let locations: [Location]

        init(_ diagnostic: Diagnostic) {
            ruleId = diagnostic.rule.rawValue
            // -1 is SARIF's own word for "not in the list", which cannot be here.
            ruleIndex = Rule.allCases.firstIndex(of: diagnostic.rule) ?? -1
            level = diagnostic.severity.rawValue
            message = Text(text: diagnostic.message + (diagnostic.hint.map { " (\($0))" } ?? ""))
            locations = [Location(diagnostic.position)]
        }
    }

    struct Location: Encodable, Sendable {
        let physicalLocation: PhysicalLocation

        init(_ position: SourcePosition) {
            physicalLocation = PhysicalLocation(
                artifactLocation: ArtifactLocation(uri: SARIFLog.uri(of: position.file)),
                region: Region(startLine: position.line, startColumn: position.column))
        }
    }

    struct PhysicalLocation: Encodable, Sendable {
        let artifactLocation: ArtifactLocation
        let region: Region
    }

    struct ArtifactLocation: Encodable, Sendable {
        let uri: String
    }

    struct Region: Encodable, Sendable {
        let startLine: Int
        let startColumn: Int
    }

    /// A path as a URI reference (RFC 3986): absolute ones with the scheme, all but plain letters percent-encoded.
    static func uri(of path: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var encoded = path.hasPrefix("/") ? "file://" : ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += ["%", digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return encoded
    }
}
