import Documents
import Failures
import Foundation
import HostSystem
import ImageBuilderAPI
import Store

/// The image of a build by hand: how its resources come into the store, and which image it is there.
struct RecordedImage: Sendable {
    let loaded: LoadedTemplate
    /// What is built, by its logical ID: a pipeline, or an image of the template.
    let pipeline: String
    let resumes: Bool

    /// The image that a build makes, PENDING and this process's: a failed one that it goes on with, else a new one.
    ///
    /// - Parameter build: what the build is called.
    /// - Returns: its ARN.
    func begin(_ build: String, in store: KilnStore) async throws -> String {
        try await endAbandoned(in: store)
        let application = try application()
        let applied = try await application.apply(to: store, replaces: true)
        if resumes, let image = try await unfinished(build, in: store) {
            return try await store.retryByHand(image, by: .current, lease: ImageExecution.lease).image
        }
        let start = ImageStart(store: store, executions: BuildsByHand(store: store, build: build))
        if let stored = applied.first(where: { $0.logicalID == pipeline }) {
            return try await start.run(pipeline: stored.arn)
        }
        let names = zip(application.wanted.map(\.reference), applied.map(\.arn))
        return try await start.run(try settings(Dictionary(names) { first, _ in first }))
    }

    /// Builds by hand whose process was killed: no queue takes them back.
    private func endAbandoned(in store: KilnStore) async throws {
        for build in try await store.abandonedBuilds() where build.isByHand {
            do throws(StoreFailure) { try await store.endAbandoned(build) } catch {
                // Another kiln was quicker.
                guard case .invalidState = error.code else { throw error }
            }
        }
    }

    private func application() throws -> TemplateApplication {
        var context = loaded.context
        // What is there already is the store's to say.
        context.isKnown = { _ in true }
        let application = try TemplateApplication(loaded.documents, context)
        try application.checkContract()
        return application
    }

    /// Of an image of the template, which is made and not stored: what CreateImage is given.
    private func settings(_ names: [String: String]) throws -> JSONValue {
        guard let image = try loaded.documents.resources(in: loaded.context).first(where: { $0.logicalID == pipeline })
        else { throw ResourceRequest.Refusal("the template has no '\(pipeline)'") }
        let members = try JSONSerialization.data(withJSONObject: TemplateMembers.object(image.properties))
        let settings = try JSONValue(parsing: Array(members)).members ?? [:]
        return .object(
            settings.mapValues { value in value.text.flatMap { names[$0] }.map { .string($0) } ?? value })
    }

    /// The failed image that a build by hand has left.
    private func unfinished(_ build: String, in store: KilnStore) async throws -> String? {
        let query = ResourceQuery(
            .image, grouping: .builds(of: nil),
            filters: [
                ResourceFilter(.member("kiln.build"), [build]),
                ResourceFilter(.state, [ImageState.failed.rawValue, ImageState.cancelled.rawValue]),
            ])
        // The newest: the same build may have been gone on with before.
        return try await store.list(query).items.last?.arn
    }
}

/// Takes images to be built by this process, and notes in them which of its builds that is.
private struct BuildsByHand: ImageExecutions {
    let store: KilnStore
    let build: String

    func enqueue(_ new: NewImageBuild, token: ClientToken?) async throws(StoreFailure) -> ImageBuild {
        var new = new
        var members = (try? JSONSerialization.jsonObject(with: new.image.document)) as? [String: Any] ?? [:]
        members["kiln"] = ["build": build]
        new.image.document =
            (try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys, .withoutEscapingSlashes]))
            ?? new.image.document
        return try await store.beginByHand(new, by: .current, lease: ImageExecution.lease)
    }

    func requestCancel(
        _ image: String, reason: String?, token: ClientToken?
    ) async throws(StoreFailure) -> ImageBuild {
        try await store.requestCancel(image, reason: reason, token: token)
    }

    func retry(_ image: String, token: ClientToken?) async throws(StoreFailure) -> ImageBuild {
        try await store.retryByHand(image, by: .current, lease: ImageExecution.lease)
    }
}
