import Failures
import Foundation
import SystemPackage

@testable import Components

/// Buckets that are a dictionary.
struct ScriptedOrigins: FileOrigins {
    let objects: [String: String]

    init(_ objects: [String: String]) { self.objects = objects }

    func list(_ prefix: S3Address, limit: Int, expectedOwner: String?) async throws(OriginFailure) -> [S3Entry] { [] }

    func fetch(_ source: FileOrigin, to file: FilePath) async throws(OriginFailure) {
        guard case .s3(let address, _) = source, let text = objects["\(address)"] else {
            throw OriginFailure(.notFound, "no such object")
        }
        _ = FileManager.default.createFile(atPath: file.string, contents: Data(text.utf8))
    }

    func store(_ file: FilePath, at address: S3Address, expectedOwner: String?) async throws(OriginFailure) {
        throw OriginFailure(.denied, "nothing is stored here")
    }
}
