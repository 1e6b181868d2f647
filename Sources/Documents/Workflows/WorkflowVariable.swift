/// `$.stepOutputs.Launch.instanceId`: a value that is known when the step runs (user guide, wfdoc-dynamic-vars).
public struct WorkflowVariable: Sendable, Hashable {
    public enum Root: String, Sendable, Hashable, CaseIterable {
        case parameters
        case stepOutputs
        case workflowOutputs
        /// The guide writes `imageBuilder`, too.
        case imagebuilder
    }

    public enum PathElement: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    public let root: Root
    /// Behind the root; at least one, the first a key.
    public let path: [PathElement]
    /// As it is written.
    public let text: String
    public let position: SourcePosition

    public static let prefix = "$."

    /// The key at a place of the path.
    public func key(_ index: Int) -> String? {
        guard path.indices.contains(index), case .key(let key) = path[index] else { return nil }
        return key
    }

    /// Nil for what is no variable.
    init?(_ text: String, at position: SourcePosition) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        var path: [PathElement] = []
        for part in text.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            guard let key = pieces.first, !key.isEmpty, key.utf8.allSatisfy(Self.isName) else { return nil }
            path.append(.key(String(key)))
            for piece in pieces.dropFirst() {
                guard piece.hasSuffix("]"), let index = Int(piece.dropLast()), index >= 0 else { return nil }
                path.append(.index(index))
            }
        }
        guard case .key(let name)? = path.first,
            let root = Root.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }),
            path.count > 1, case .key = path[1]
        else { return nil }
        self.root = root
        self.path = Array(path.dropFirst())
        self.text = text
        self.position = position
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: " "): true
        default: false
        }
    }

    /// What Image Builder tells workflows of the image that is made.
    public static let systemVariables = [
        "cloudWatchLogGroup", "cloudWatchLogStream", "collectImageMetadata", "collectImageScanFindings", "dateTime",
        "imageBuildNumber", "imageId", "imageName", "imageType", "imageVersionNumber", "instanceProfileName",
        "platform",
        "s3Logs", "securityGroups", "sourceImageARN", "subnetId", "terminateInstanceOnFailure", "workflowPhase",
        "workingDirectory",
    ]
}
