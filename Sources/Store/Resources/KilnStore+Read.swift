public import Failures
import GRDB

extension KilnStore {
    /// The resource of exactly that ARN.
    public func resource(_ arn: String) async throws(StoreFailure) -> StoredResource? {
        try await read { db in try ResourceTable.find(db, arn)?.resource }
    }

    /// The newest that an ARN with wildcards, or without a build or version, means.
    ///
    /// - Parameter states: where given, others count for nothing.
    public func resolve(
        _ reference: String, states: Set<String>? = nil
    ) async throws(StoreFailure) -> StoredResource? {
        let arn = try ResourceARN(reference)
        return try await read { db in try ResourceTable.resolve(db, arn, states: states)?.resource }
    }
}
