import ArgumentParser
import Failures
import Foundation
import HostSystem
import Store

/// The process that `kiln serve` starts for a build.
struct BuildImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build-image", abstract: "Builds an image that is in the queue, for kiln serve.",
        shouldDisplay: false)

    @Argument(help: "The image's build version ARN.")
    var image: String

    @Option(help: "The process that has taken the build from the queue.")
    var from: String?

    @Flag(help: "Distribute the image as its configuration says.")
    var distribute = false

    @Flag(help: "Send the build's logs where its infrastructure configuration says.")
    var deliver = false

    @OptionGroup var guests: HostOptions

    func run() async throws {
        let arn = try ResourceARN(image)
        let home = guests.home
        let account = Account(partition: arn.partition, region: arn.region, account: arn.account)
        try await KilnStore.using(home.database, account: account) { store in
            let words = BuildQueue.words(guests, distribute: try await distributes(store))
            let execution = ImageExecution(store: store, home: home, image: arn, words: words, deliversLogs: deliver)
            let previous = from.flatMap { ProcessIdentity($0) }
            // In a task of its own: when this one is cancelled, the build's end is still to be noted.
            let work = Task { try await execution.run(from: previous) }
            let outcome = await withTaskCancellationHandler {
                await work.result
            } onCancel: {
                execution.interrupt()
            }
            try outcome.get()
        }
    }

    /// An image without a distribution configuration stays here, whatever the server says.
    private func distributes(_ store: KilnStore) async throws -> Bool {
        guard distribute, let document = try await store.resource(image)?.document else { return false }
        let members = (try? JSONSerialization.jsonObject(with: document)) as? [String: Any]
        return members?["distributionConfiguration"] != nil
    }
}
