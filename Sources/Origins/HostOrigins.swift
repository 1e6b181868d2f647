public import AWSClient
public import Components
public import Failures
public import SystemPackage

/// The origins of a run on this host: S3 and the web themselves, and folders of the host that stand for some of them.
public struct HostOrigins: FileOrigins {
    private let folders: OriginFolders
    private let s3: S3Origin?
    private let web: WebOrigin

    /// - Parameters:
    ///   - settings: for S3; nil: only what the folders have.
    ///   - folders: which folder of the host stands for what: "s3://bucket/prefix" or "https://host/path" and a folder.
    ///   - isOffline: nothing but the folders is asked.
    ///   - retry: of web requests; the user guide has five attempts.
    /// - Throws: `badAddress` for a folder that is not there, or a prefix that is none.
    public init(
        settings: AWSSettings?, folders: [String: FilePath] = [:], isOffline: Bool = false,
        certificates: FilePath? = nil,
        retry: RetryPolicy = RetryPolicy(attempts: 5, connectAttempts: 5, base: .seconds(1))
    ) throws(OriginFailure) {
        self.folders = try OriginFolders(folders)
        s3 = isOffline ? nil : settings.map { S3Origin(settings: $0) }
        web = WebOrigin(certificates: certificates ?? settings?.certificates, retry: retry, isOffline: isOffline)
    }

    public func list(
        _ prefix: S3Address, limit: Int, expectedOwner: String?
    ) async throws(OriginFailure) -> [S3Entry] {
        if let folder = folders.folder(for: prefix) { return try await folder.list(prefix, limit: limit) }
        return try await reachable(prefix).list(prefix, limit: limit, expectedOwner: expectedOwner)
    }

    public func fetch(_ source: FileOrigin, to file: FilePath) async throws(OriginFailure) {
        switch source {
        case .s3(let address, let owner):
            if let folder = folders.folder(for: address) {
                try await folder.fetch(address.key, named: "\(address)", to: file)
            } else {
                try await reachable(address).fetch(address, to: file, expectedOwner: owner)
            }
        case .web(let url, let ignoring):
            if let (folder, path) = try folders.folder(forURL: url) {
                try await folder.fetch(path, named: ShownURL.text(url), to: file)
            } else {
                try await web.fetch(url, to: file, ignoringCertificateErrors: ignoring)
            }
        }
    }

    public func store(_ file: FilePath, at address: S3Address, expectedOwner: String?) async throws(OriginFailure) {
        if let folder = folders.folder(for: address) {
            try await folder.store(file, address.key, named: "\(address)")
        } else {
            try await reachable(address).store(file, at: address, expectedOwner: expectedOwner)
        }
    }

    public func version(of source: FileOrigin) async throws(OriginFailure) -> FileVersion? {
        switch source {
        case .s3(let address, let owner):
            if let folder = folders.folder(for: address) {
                return .file(try await folder.file(address.key, named: "\(address)"))
            }
            return .tag(try await reachable(address).tag(of: address, expectedOwner: owner))
        case .web(let url, let ignoring):
            if let (folder, path) = try folders.folder(forURL: url) {
                return .file(try await folder.file(path, named: ShownURL.text(url)))
            }
            return try await web.tag(of: url, ignoringCertificateErrors: ignoring).map { .tag($0) }
        }
    }

    private func reachable(_ address: S3Address) throws(OriginFailure) -> S3Origin {
        guard let s3 else {
            throw OriginFailure(
                .unreachable, "\(address) cannot be reached: this run is offline and no folder stands for it",
                hint: "name a folder of the host for s3://\(address.bucket)")
        }
        return s3
    }
}
