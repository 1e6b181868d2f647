import Components
import Crypto
import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage

/// What a component was given through this host while it ran: a file of a bucket, a web server or the folder that stands for
/// one, a list of such files, a nested document. A layer is of use only while they are the same.
///
/// What the guest gets by itself (a package mirror) is not compared, nor is a URL whose server does not tell what it has: `cache:`
/// in the settings says how long a component that depends on it is kept.
public struct LayerInput: Sendable, Codable, Equatable {
    enum Kind: String, Sendable, Codable {
        case s3, web, listing
        /// A nested document, by its ARN.
        case component
    }

    var kind: Kind
    /// Without a URL's query, which may be a secret.
    var address: String
    /// SHA-256 of what this host could read, or what a server said of it; nil: it was not there.
    var version: String?
    /// Of a listing: how many entries were asked for.
    var limit: Int?
    /// Of a URL whose server needs no trusted certificate.
    var ignoresCertificates: Bool?

    init(_ text: String, ofComponent arn: String) {
        (kind, address) = (.component, arn)
        version = Self.digest(text)
    }

    init(_ entries: [S3Entry], at prefix: S3Address, limit: Int) {
        (kind, address, self.limit) = (.listing, "\(prefix)", limit)
        version = Self.digest(entries.map { "\($0.size) \($0.key)\n" }.joined())
    }

    private init(_ source: FileOrigin, version: String?) {
        switch source {
        case .s3(let place, _): (kind, address) = (.s3, "\(place)")
        case .web(let url, let ignoring):
            (kind, address) = (.web, String(url.prefix { $0 != "?" && $0 != "#" }))
            ignoresCertificates = ignoring ? true : nil
        }
        self.version = version
    }

    private static func digest(_ text: String) -> String { SHA256.hash(data: Array(text.utf8)).hexadecimal }

    /// A file as it is now.
    ///
    /// - Returns: nil where its place does not tell.
    static func now(_ source: FileOrigin, _ origins: any FileOrigins) async throws(OriginFailure) -> LayerInput? {
        do throws(OriginFailure) {
            switch try await origins.version(of: source) {
            case .tag(let tag): return LayerInput(source, version: tag)
            case .file(let file):
                let found = try await offPool { () throws(OriginFailure) -> String in
                    do throws(HostFailure) { return try FileDigest.sha256(file).digest } catch {
                        throw OriginFailure(.hostFile, error.message, hint: error.hint, cause: error)
                    }
                }
                return LayerInput(source, version: found)
            case nil: return nil
            }
        } catch {
            guard error.code == .notFound else { throw error }
            return LayerInput(source, version: nil)
        }
    }

    /// Why this is not what it was; nil where it is.
    func change(
        _ origins: (any FileOrigins)?, component: (String) throws -> String
    ) async -> String? {
        do {
            return try await now(origins, component) == self ? nil : "\(address) has changed"
        } catch {
            return "\(address) cannot be compared: \(BuildFailure(error).message)"
        }
    }

    private func now(
        _ origins: (any FileOrigins)?, _ component: (String) throws -> String
    ) async throws -> LayerInput? {
        if kind == .component { return LayerInput(try component(address), ofComponent: address) }
        guard let origins else { return nil }
        if kind == .web {
            return try await Self.now(.web(address, ignoringCertificateErrors: ignoresCertificates == true), origins)
        }
        guard let place = S3Address(address) else { return nil }
        guard kind == .listing else { return try await Self.now(.s3(place, expectedOwner: nil), origins) }
        let entries = try await origins.list(place, limit: limit ?? 0, expectedOwner: nil)
        return LayerInput(entries, at: place, limit: limit ?? 0)
    }
}
