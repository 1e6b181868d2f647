import AWSClient
import Components
import Failures
import SystemPackage

/// S3 itself, with the host's credentials, which stay on the host.
struct S3Origin: Sendable {
    let settings: AWSSettings

    func list(
        _ prefix: S3Address, limit: Int, expectedOwner: String?
    ) async throws(OriginFailure) -> [S3Entry] {
        try await asking(prefix, expectedOwner) { s3, location in
            try await s3.listObjects(location, limit: limit).map { S3Entry(key: $0.key, size: $0.size) }
        }
    }

    func fetch(_ address: S3Address, to file: FilePath, expectedOwner: String?) async throws(OriginFailure) {
        try await asking(address, expectedOwner) { s3, location in try await s3.download(location, to: file) }
    }

    /// An object's entity tag and length.
    func tag(of address: S3Address, expectedOwner: String?) async throws(OriginFailure) -> String {
        try await asking(address, expectedOwner) { s3, location in
            let object = try await s3.headObject(location)
            return "\(object.etag) \(object.size)"
        }
    }

    func store(_ file: FilePath, at address: S3Address, expectedOwner: String?) async throws(OriginFailure) {
        try await asking(address, expectedOwner) { s3, location in
            var upload = S3Upload(file: file, to: location)
            // The file is gone after this: there would be nothing to go on with.
            upload.whenInterrupted = .abort
            _ = try await upload.run(s3)
        }
    }

    private func asking<Value: Sendable>(
        _ address: S3Address, _ expectedOwner: String?,
        _ body: @escaping @Sendable (S3Client, S3Location) async throws -> Value
    ) async throws(OriginFailure) -> Value {
        do {
            let location = try S3Location(parsing: "s3://\(address.bucket)/\(address.key)")
            return try await S3Client.with(settings) { s3 in
                if let expectedOwner { try await s3.checkOwner(of: address.bucket, is: expectedOwner) }
                return try await body(s3, location)
            }
        } catch let failure as AWSFailure {
            throw OriginFailure(failure)
        } catch {
            throw OriginFailure(Task.isCancelled ? .cancelled : .refused, "\(address): \(error)", cause: error)
        }
    }
}

extension Failure where Code == OriginFailureCode {
    init(_ failure: AWSFailure) {
        let code: OriginFailureCode =
            switch failure.code {
            case .noCredentials, .badCredentials, .signatureRefused, .accessDenied: .denied
            case .noSuchBucket, .notFound: .notFound
            case .noRegion, .badConfiguration: .badAddress
            case .unreachable, .connectionLost: .unreachable
            case .file: .hostFile
            case .cancelled: .cancelled
            case .service, .badAnswer, .corrupted, .busy, .conflict, .badRequest, .quota, .failedThere, .timedOut:
                .refused
            }
        self.init(code, failure.message, hint: failure.hint, cause: failure)
    }
}
