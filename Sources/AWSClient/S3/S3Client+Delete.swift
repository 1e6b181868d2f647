public import Failures

extension S3Client {
    /// One that is not there is no error.
    public func deleteObject(_ location: S3Location) async throws(AWSFailure) {
        do throws(AWSFailure) {
            _ = try await service.send(request("DeleteObject", "DELETE", location))
        } catch  where error.code == .notFound {
        }
    }
}
