import Components
import Crypto
import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage

/// What a component was given by this host while it ran: a file of a folder that stands for a bucket or a web server, a list of
/// such files, a nested document. A layer is of use only while they are the same.
///
/// What comes from elsewhere (a bucket itself, a package mirror) is not compared, whoever fetches it: `cache:` in the settings
/// says how long a component that depends on it is kept.
public struct LayerInput: Sendable, Codable, Equatable {
    enum Kind: String, Sendable, Codable {
        case s3, web, listing
        /// A nested document, by its ARN.
        case component
    }

    var kind: Kind
    var address: String
    /// SHA-256, 64 hexadecimal digits.
    var digest: String

    init(_ kind: Kind, _ address: String, digest: String) {
        (self.kind, self.address, self.digest) = (kind, address, digest)
    }

    init(_ text: String, ofComponent arn: String) {
        self.init(.component, arn, digest: SHA256.hash(data: Array(text.utf8)).hexadecimal)
    }

    init(_ entries: [S3Entry], at prefix: S3Address) {
        let text = entries.map { "\($0.size) \($0.key)\n" }.joined()
        self.init(.listing, "\(prefix)", digest: SHA256.hash(data: Array(text.utf8)).hexadecimal)
    }

    /// - Returns: nil for a file that cannot be read.
    init?(_ file: FilePath, from source: FileOrigin) async {
        let digest = await offPool { () -> String? in try? FileDigest.sha256(file).digest }
        guard let digest else { return nil }
        switch source {
        case .s3(let address, _): self.init(.s3, "\(address)", digest: digest)
        // A folder does not look at what follows the path, which may be a secret.
        case .web(let url, _):
            self.init(.web, String(url.prefix { $0 != "?" && $0 != "#" }), digest: digest)
        }
    }

    /// The same input as it is now; nil where it cannot be had any more.
    ///
    /// - Parameter scratch: a folder for a copy.
    func current(
        _ origins: (any FileOrigins)?, component: (@Sendable (String) async throws -> String)?, scratch: FilePath
    ) async -> LayerInput? {
        if kind == .component {
            guard let text = try? await component?(address) else { return nil }
            return LayerInput(text, ofComponent: address)
        }
        guard let origins else { return nil }
        if kind == .listing {
            guard let prefix = S3Address(address),
                let entries = try? await origins.list(prefix, limit: .max, expectedOwner: nil)
            else { return nil }
            return LayerInput(entries, at: prefix)
        }
        let source: FileOrigin
        if kind == .web {
            source = .web(address, ignoringCertificateErrors: false)
        } else {
            guard let place = S3Address(address) else { return nil }
            source = .s3(place, expectedOwner: nil)
        }
        guard origins.isLocal(source) else { return nil }
        let copy = scratch.appending("input")
        defer { try? Folders.remove(copy) }
        try? Folders.remove(copy)
        do { try await origins.fetch(source, to: copy) } catch { return nil }
        return await LayerInput(copy, from: source)
    }
}
