import AWSClient
import ArgumentParser
import Foundation
import HostSystem
import ImageBuilderAPI
import Store
import SystemPackage

/// What `kiln serve` does of itself: schedules, and telling others of what happens.
struct EventOptions: ParsableArguments {
    @Option(
        name: .customLong("events"),
        help: "A file to which events are added as lines of JSON, in the form that they have on EventBridge.",
        completion: .file())
    var file: String?

    @Option(help: "A URL to which each event is sent, in the same form, by POST.")
    var webhook: String?

    @Flag(
        help:
            "Send builds' logs to S3 and messages to SNS topics as infrastructure configurations say; else neither leaves this machine."
    )
    var deliver = false

    func validate() throws {
        if let webhook, EventWebhook(webhook, log: { _ in }) == nil {
            throw ValidationError("--webhook takes a URL as in http://127.0.0.1:8080/hook")
        }
    }

    /// Each runs until its task is cancelled.
    func services(_ store: KilnStore) throws -> [@Sendable () async -> Void] {
        let environment = ProcessInfo.processInfo.environment
        let log: @Sendable (String) -> Void = { Terminal.complain($0) }
        let folder = KilnHome(environment: environment).data.appending("serve")
        try Folders.create(folder, permissions: 0o700)
        let scheduler = PipelineScheduler(store: store, cursorFile: folder.appending("schedules.json"), log: log)
        var feeds: [EventFeed] = []
        if deliver {
            let topics = TopicNotice(settings: { try AWSSettings(environment: environment) }, log: log)
            feeds.append(EventFeed("topics", store, to: topics, folder: folder, log: log))
        }
        if let file {
            feeds.append(EventFeed("file", store, to: EventFile(path: FilePath(file)), folder: folder, log: log))
        }
        if let webhook = webhook.flatMap({ EventWebhook($0, log: log) }) {
            feeds.append(EventFeed("webhook", store, to: webhook, folder: folder, log: log))
        }
        var services: [@Sendable () async -> Void] = [{ await scheduler.run() }]
        for feed in feeds { services.append { await feed.run() } }
        return services
    }
}
