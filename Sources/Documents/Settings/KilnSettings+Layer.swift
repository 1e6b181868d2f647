extension KilnSettings {
    /// The settings one place gives; nil means it says nothing.
    public struct Layer: Sendable, Hashable {
        public var cpus: Int?
        public var memoryMiB: Int?
        public var diskGiB: Int?
        public var firmware: Firmware?
        public var network: Network?
        public var bootTimeoutSeconds: Int?
        public var exportFormats: [ExportFormat]?
        public var s3: S3Target?
        public var skipCleanup: Set<CleanupSection>?
        public var parents: ParentCatalog?
        /// Which components these are for, `DocumentSet.componentFiles` tells.
        public var componentFiles: [ComponentFile]?
        public var originFolders: [OriginFolder]?
        public var isOffline: Bool?
        public var storedParameters: [String: StoredParameter]?
        public var exports: [String: String]?
        public var secretParameters: Set<String>?
        public var cacheSizeGiB: Int?
        public var cachePolicies: [String: CachePolicy]?
        public var account: String?
        public var region: String?

        /// The keys by which a file is known as settings.
        static let keys = [
            "cpus", "memoryMiB", "diskGiB", "firmware", "network", "bootTimeoutSeconds", "export", "skipCleanup",
            "parents", "components", "origins", "offline", "ssm", "exports", "secretParameters", "cache", "account",
            "region",
        ]

        public init() {}

        func apply(to settings: inout KilnSettings) {
            settings.cpus = cpus ?? settings.cpus
            settings.memoryMiB = memoryMiB ?? settings.memoryMiB
            settings.diskGiB = diskGiB ?? settings.diskGiB
            settings.firmware = firmware ?? settings.firmware
            settings.network = network ?? settings.network
            settings.bootTimeoutSeconds = bootTimeoutSeconds ?? settings.bootTimeoutSeconds
            settings.exportFormats = exportFormats ?? settings.exportFormats
            settings.s3 = s3 ?? settings.s3
            settings.skipCleanup = skipCleanup ?? settings.skipCleanup
            // Parents add up: a nearer layer's entries are asked first.
            if let parents { settings.parents = parents.followed(by: settings.parents) }
            // So do origins; the nearer layer's folder is the one that stands for an origin.
            let nearer = originFolders ?? []
            settings.originFolders =
                nearer + settings.originFolders.filter { old in !nearer.contains { $0.origin == old.origin } }
            settings.isOffline = isOffline ?? settings.isOffline
            settings.storedParameters.merge(storedParameters ?? [:]) { $1 }
            settings.exports.merge(exports ?? [:]) { $1 }
            settings.secretParameters.formUnion(secretParameters ?? [])
            settings.cache.maxSizeGiB = cacheSizeGiB ?? settings.cache.maxSizeGiB
            settings.cache.components.merge(cachePolicies ?? [:]) { _, nearer in nearer }
            settings.account = account ?? settings.account
            settings.region = region ?? settings.region
        }

        /// Reads `kiln.yaml`. Throws every problem found in it.
        public static func parse(text: String, file: String) throws(DocumentFailure) -> Layer {
            let diagnostics = Diagnostics()
            let reader = DocumentReader(dialect: .plain, map: .file(file), diagnostics: diagnostics)
            let layer = reader.read(text).flatMap { read($0, "the settings", .component(diagnostics)) }
            try diagnostics.check()
            guard let layer else { throw DocumentFailure(diagnostics.sorted) }
            return layer
        }

        static func read(_ node: DocumentNode, _ subject: String, _ values: ValueReader) -> Layer? {
            guard let reader = MappingReader(node, subject, values) else { return nil }
            defer { reader.finish() }
            var layer = Layer()
            layer.cpus = reader.int("cpus", in: 1...256)
            layer.memoryMiB = reader.int("memoryMiB", in: 128...1_048_576)
            layer.diskGiB = reader.int("diskGiB", in: 1...16_384)
            layer.firmware = reader.choice("firmware")
            layer.network = reader.choice("network")
            layer.bootTimeoutSeconds = reader.int("bootTimeoutSeconds", in: 5...7200)
            reader.mapping("export") { export in
                layer.exportFormats = export.list("formats").map { formats($0, values) }
                layer.s3 = export.mapping("s3", s3)
            }
            layer.skipCleanup = reader.list("skipCleanup").map { Set($0.compactMap { section($0, values) }) }
            layer.parents = reader.value("parents").flatMap { ParentCatalog.read(parents: $0, reader) }
            layer.componentFiles = reader.value("components").flatMap { componentFiles($0, reader) }
            layer.originFolders = reader.value("origins").flatMap { origins($0, reader) }
            layer.isOffline = reader.bool("offline")
            layer.secretParameters = reader.strings("secretParameters").map { Set($0) }
            layer.exports = reader.has("exports") ? reader.texts("exports") : nil
            layer.storedParameters = reader.value("ssm").flatMap { storedParameters($0, reader) }
            reader.mapping("cache") { cache in
                layer.cacheSizeGiB = cache.int("maxSizeGiB", in: 0...1_048_576)
                layer.cachePolicies = cache.value("components").flatMap { policies($0, cache) }
            }
            if let account = reader.positionedString("account") {
                if !ImageBuilderARN.isAccountID(account.value) {
                    values.diagnostics.error(
                        at: account.position, "'\(account.value)' is not an account ID of 12 digits")
                }
                layer.account = account.value
            }
            layer.region = reader.string("region")
            return layer
        }

        private static func formats(_ nodes: [DocumentNode], _ values: ValueReader) -> [ExportFormat] {
            var formats: [ExportFormat] = []
            for node in nodes {
                guard let format: ExportFormat = values.choice(node, "an export format") else { continue }
                if let other = formats.first(where: { $0 != format && $0.fileExtension == format.fileExtension }) {
                    values.diagnostics.error(
                        at: node.position,
                        "\(other.rawValue) and \(format.rawValue) would be the same file, which ends in "
                            + ".\(format.fileExtension); choose one")
                }
                formats.append(format)
            }
            return formats
        }

        private static func s3(_ reader: MappingReader) -> S3Target? {
            let bucket = reader.string("bucket", required: true)
            let prefix = reader.string("prefix")
            let region = reader.string("region")
            let endpoint = reader.positionedString("endpoint")
            if let endpoint, !endpoint.value.hasPrefix("http://"), !endpoint.value.hasPrefix("https://") {
                reader.diagnostics.error(
                    at: endpoint.position, "the endpoint '\(endpoint.value)' is not an http or https URL")
            }
            return bucket.map { S3Target(bucket: $0, prefix: prefix, region: region, endpoint: endpoint?.value) }
        }

        /// A section, with or without the `skip_cleanup_` of its marker file.
        private static func section(_ node: DocumentNode, _ values: ValueReader) -> CleanupSection? {
            let prefix = "skip_cleanup_"
            guard case .string(let text) = node.value, text.hasPrefix(prefix) else {
                return values.choice(node, "a section of 'skipCleanup'")
            }
            let bare = DocumentNode.string(String(text.dropFirst(prefix.count)), at: node.position)
            return values.choice(bare, "a section of 'skipCleanup'")
        }
    }
}
