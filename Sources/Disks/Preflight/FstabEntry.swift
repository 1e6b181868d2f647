/// A line of /etc/fstab.
public struct FstabEntry: Sendable, Codable, Equatable {
    /// What is mounted: UUID=…, LABEL=…, /dev/….
    public var source: String
    public var point: String
    public var type: String
    public var options: [String]

    public init(source: String, point: String, type: String, options: [String] = ["defaults"]) {
        self.source = source
        self.point = point
        self.type = type
        self.options = options
    }

    static func all(in text: String) -> [FstabEntry] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard fields.count >= 3, !fields[0].hasPrefix("#") else { return nil }
            return FstabEntry(
                source: fields[0].filter { $0 != "\"" }, point: fields[1], type: fields[2],
                options: (fields.count > 3 ? fields[3] : "defaults").split(separator: ",").map(String.init))
        }
    }

    /// Whether a start goes on without it.
    var mayFail: Bool { type == "swap" || options.contains("nofail") || options.contains("noauto") }

    /// The UUID or label that a file system must have for it; nil for all that is not named so.
    var identity: String? {
        for prefix in ["UUID=", "LABEL=", "/dev/disk/by-uuid/", "/dev/disk/by-label/"] where source.hasPrefix(prefix) {
            return String(source.dropFirst(prefix.count))
        }
        return nil
    }
}

/// Names of disks that another machine, or the next start, may give to another disk.
enum DeviceName {
    static func isUnstable(_ path: String) -> Bool {
        guard path.hasPrefix("/dev/") else { return false }
        let name = path.dropFirst(5)
        if name.hasPrefix("disk/by-path/") || name.hasPrefix("disk/by-id/") { return true }
        return ["sd", "vd", "hd", "xvd", "nvme", "mmcblk"].contains { prefix in
            let rest = name.dropFirst(prefix.count)
            return name.hasPrefix(prefix) && !rest.isEmpty
                && rest.allSatisfy { $0.isASCII && ($0.isNumber || $0.isLowercase) }
        }
    }
}
