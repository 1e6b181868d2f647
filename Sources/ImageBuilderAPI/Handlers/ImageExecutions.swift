public import Store

/// Who builds images. The store itself is one: it queues what is asked, in state PENDING, for whoever takes builds from it.
public protocol ImageExecutions: Sendable {
    func enqueue(_ build: NewImageBuild, token: ClientToken?) async throws(StoreFailure) -> ImageBuild

    func requestCancel(
        _ image: String, reason: String?, token: ClientToken?
    ) async throws(StoreFailure) -> ImageBuild

    func retry(_ image: String, token: ClientToken?) async throws(StoreFailure) -> ImageBuild
}

extension KilnStore: ImageExecutions {}
