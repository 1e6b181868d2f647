import AWSClient
import Failures
import Foundation
import ImageBuilderAPI
import Store

/// Follows the imports of EC2 that images of the store wait for (ImportVmImage), with AWS's own settings of this machine, and
/// leads each image to its end. Several may do so at once.
struct ImportWatch: Sendable {
    let store: KilnStore
    let settings: @Sendable () throws -> AWSSettings
    let log: @Sendable (String) -> Void
    var clock: @Sendable () -> Date = { Date() }

    private static let interval = Duration.seconds(15)
    /// EC2 gives an import up itself long before.
    static let limit: TimeInterval = 24 * 3600
    /// EC2 may not know a task of a moment ago everywhere.
    private static let settling: TimeInterval = 60

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Looks once at each. What could not be seen is looked at again.
    func look() async {
        do {
            for build in try await store.builds(in: [.pending, .creating]) {
                guard let image = try await store.resource(build.image), let task = Self.task(of: image) else {
                    continue
                }
                do { try await look(at: image, build.state, task) } catch {
                    if !Task.isCancelled { log("kiln: the import \(task) of \(image.arn): \(Self.words(error))") }
                }
            }
        } catch {
            if !Task.isCancelled { log("kiln: imports: \(Self.words(error))") }
        }
    }

    /// "import-ami-…"; nil for an image that is none of an import.
    static func task(of image: StoredResource) -> String? {
        (try? JSONValue(parsing: Array(image.document)))?["kiln"]?["importTask"]?.text
    }

    private static func words(_ error: any Error) -> String { (error as? any ReportableError)?.message ?? "\(error)" }

    private func look(at image: StoredResource, _ state: ImageState, _ id: String) async throws {
        let region = try ResourceARN(image.arn).region
        let settings = try settings()
        var found: ImportTask?
        do {
            found = try await AWSSession.with(settings) { aws in
                try await aws.ec2(region: region).describeImportImageTasks([id]).first { $0.id == id }
            }
        } catch let failure as AWSFailure {
            switch failure.code {
            case .notFound: found = nil
            case .badRequest: return try await fail(image, failure.message)
            default:
                guard age(of: image) < Self.limit else { return try await fail(image, failure.message) }
                throw failure
            }
        }
        guard let task = found else {
            guard age(of: image) > Self.settling else { return }
            return try await fail(image, "EC2 has no import task \(id) in \(region).")
        }
        guard task.hasEnded || task.status == "deleting" else {
            guard age(of: image) < Self.limit else {
                return try await fail(image, "The import task \(id) has not ended within a day.")
            }
            if state == .pending { _ = try await store.transition(image.arn, to: .creating) }
            return
        }
        guard task.status == "completed", let ami = task.imageID else {
            let message = task.statusMessage.map { ": \($0)" } ?? ""
            return try await fail(image, "The import task \(id) is \(task.status)\(message)")
        }
        if state == .pending { _ = try await store.transition(image.arn, to: .creating) }
        _ = try await store.transition(image.arn, to: .available, document: document(image, ami, region))
        log("\(image.arn): AVAILABLE: \(ami)")
    }

    private func age(of image: StoredResource) -> TimeInterval { clock().timeIntervalSince(image.createdAt) }

    private func fail(_ image: StoredResource, _ reason: String) async throws {
        _ = try await store.transition(image.arn, to: .failed, reason: String(reason.prefix(1024)))
        log("\(image.arn): FAILED: \(reason)")
    }

    private func document(_ image: StoredResource, _ ami: String, _ region: String) -> Data? {
        guard var members = (try? JSONValue(parsing: Array(image.document)))?.members else { return nil }
        let made: JSONValue = [
            "region": .string(region), "image": .string(ami), "accountId": .string(store.account.account),
            "state": ["status": "AVAILABLE"],
        ]
        members["outputResources"] = ["amis": [made]]
        return Data(JSONValue.object(members).bytes)
    }
}
