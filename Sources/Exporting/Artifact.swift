public import Failures

/// An exported disk image.
public struct Artifact: Sendable, Codable, Equatable {
    public enum Format: String, Sendable, Codable, CaseIterable {
        case raw
        /// Stream-optimised, as VM Import takes it.
        case vmdk
        /// Dynamic: blocks of 2 MiB that are all zeros are left out.
        case vhd
        /// As long as the disk, with holes on this machine.
        case vhdFixed = "vhd-fixed"
        case qcow2
        /// With deflated clusters.
        case qcow2Compressed = "qcow2-compressed"

        /// The word of EC2's ImportImage and ImportSnapshot for it; nil where they do not take it.
        public var importName: String? {
            switch self {
            case .raw: "RAW"
            case .vmdk: "VMDK"
            case .vhd, .vhdFixed: "VHD"
            case .qcow2, .qcow2Compressed: nil
            }
        }

        /// How the names of its files end, without the dot: two kinds of one format share it.
        public var fileExtension: String {
            switch self {
            case .raw: "raw"
            case .vmdk: "vmdk"
            case .vhd, .vhdFixed: "vhd"
            case .qcow2, .qcow2Compressed: "qcow2"
            }
        }

        /// Whether its file holds the stored bytes as they are.
        var isPlain: Bool { self != .vmdk && self != .qcow2Compressed }
    }

    public var format: Format
    /// The file's name in the output folder.
    public var file: String
    /// Bytes, holes counted.
    public var size: Int64
    /// SHA-256 of the content, 64 hexadecimal digits, as sha256sum prints it.
    public var sha256: String
}

extension Artifact.Format {
    /// Formats as a user writes them.
    ///
    /// - Throws: `ExportFailure`: `badFormats` for no format, an unknown one, and two that would be the same file.
    public static func list(_ words: [String]) throws(ExportFailure) -> [Self] {
        let known = allCases.map(\.rawValue).joined(separator: ", ")
        guard !words.isEmpty else {
            throw ExportFailure(.badFormats, "no format is named", hint: "Kiln exports \(known)")
        }
        var formats: [Self] = []
        for word in words {
            guard let format = Self(rawValue: word) else {
                throw ExportFailure(.badFormats, "Kiln does not export '\(word)'", hint: "it exports \(known)")
            }
            if !formats.contains(format) { formats.append(format) }
        }
        try checkFiles(formats)
        return formats
    }

    static func checkFiles(_ formats: [Self]) throws(ExportFailure) {
        for (index, format) in formats.enumerated() {
            guard let other = formats[..<index].first(where: { $0.fileExtension == format.fileExtension }) else {
                continue
            }
            throw ExportFailure(
                .badFormats,
                "\(other.rawValue) and \(format.rawValue) are both a file that ends in .\(format.fileExtension)",
                hint: "export one of them at a time")
        }
    }
}
