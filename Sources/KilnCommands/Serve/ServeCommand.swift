import AWSClient
import ArgumentParser
import Documents
import Foundation
import HostSystem
import ImageBuilderAPI
import Store
import SystemPackage

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the EC2 Image Builder API on this machine.",
        discussion: """
            The AWS CLI, boto3, Terraform and CDK work against it with a key of `kiln key api new`:

              kiln serve
              aws imagebuilder list-components --endpoint-url http://127.0.0.1:4599

            Elsewhere than on loopback it wants a certificate. Without keys nobody can ask it for anything but /health and
            /metrics. ^C ends it when what is under way is answered; builds go on, and the next kiln serve follows them.

            Examples:
              kiln serve
              kiln serve --port 0 --json
              kiln serve --events events.jsonl --webhook http://127.0.0.1:8080/hook
              kiln serve --host 0.0.0.0 --tls-cert server.pem --tls-key server.key
            """)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0: any that is free.")
    var port = 4599

    @Option(name: .customLong("tls-cert"), help: "A certificate and its chain (PEM).", completion: .file())
    var certificate: String?

    @Option(name: .customLong("tls-key"), help: "The certificate's private key (PEM).", completion: .file())
    var privateKey: String?

    @Option(help: "Requests a second that one key may send.")
    var rate = APIService.defaultRate

    @Option(help: "How many images are built at the same time; 0: builds wait in the queue.")
    var builds = 1

    @Flag(
        help: """
            Distribute images as their configurations say, follow imports of EC2, and let lifecycles change AMIs; \
            else AWS is left alone.
            """)
    var distribute = false

    @OptionGroup var events: EventOptions

    @OptionGroup var account: AccountOptions
    @OptionGroup var guests: HostOptions

    @Flag(help: "A line for each request on standard error.")
    var verbose = false

    @Flag(help: "One line of JSON on standard output when it listens: endpoint, host, port, region, process.")
    var json = false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port takes 0 to 65535, not \(port)") }
        guard (0...64).contains(builds) else { throw ValidationError("--builds takes 0 to 64, not \(builds)") }
        guard rate > 0 else { throw ValidationError("--rate takes 1 or more, not \(rate)") }
    }

    func run() async throws {
        let options = ServerOptions(
            host: host, port: port, certificate: certificate.map { FilePath($0) },
            privateKey: privateKey.map { FilePath($0) })
        let isVerbose = verbose
        let isJSON = json
        let (home, limit, reachesAWS) = (guests.home, builds, distribute)
        let words = BuildQueue.words(guests, distribute: distribute) + (events.deliver ? ["--deliver"] : [])
        let secretParameters = try account.settings().secretParameters
        try await account.withStore { store in
            let service = APIService(
                store: store, documents: ServedDocuments(readsFiles: options.isLoopback),
                packages: ServedPackages(home: home), reachesAWS: reachesAWS, secretParameters: secretParameters,
                rate: rate,
                log: { line in if isVerbose { Terminal.complain(line) } })
            let region = store.account.region
            // Nothing is built by a server that cannot listen.
            let (listening, started) = AsyncStream.makeStream(of: Void.self)
            let queue: @Sendable () async -> Void = {
                for await _ in listening { await Self.build(from: store, home, limit: limit, words) }
            }
            let imports: @Sendable () async -> Void = {
                guard reachesAWS else { return }
                await ImportWatch(
                    store: store, settings: { try AWSSettings(environment: ProcessInfo.processInfo.environment) },
                    log: { Terminal.complain($0) }
                ).run()
            }
            let others =
                try events.services(store) + LifecycleServices.all(store, home, distributes: reachesAWS)
            try await alongside(others + [queue, imports]) {
                defer { started.finish() }
                try await APIServer(service: service, options: options).run { port in
                    Self.announce(options, port, region, json: isJSON)
                    started.yield()
                }
            }
        }
    }

    private static func build(from store: KilnStore, _ home: KilnHome, limit: Int, _ words: [String]) async {
        await BuildQueue(store: store, home: home, limit: limit, words: words).run()
        // This task is cancelled by now, and the store would not answer in it.
        let count = await Task { await BuildQueue.running(store) }.value
        guard count > 0 else { return }
        let which = count == 1 ? "a build goes on" : "\(count) builds go on"
        Terminal.complain("kiln: \(which), and the next kiln serve follows them")
    }

    /// What a script, or a person, needs to go on.
    private struct Announcement: Encodable {
        var endpoint: String
        var host: String
        var port: Int
        var region: String
        var process: Int32
    }

    private static func announce(_ options: ServerOptions, _ port: Int, _ region: String, json: Bool) {
        let scheme = options.certificate == nil ? "http" : "https"
        let name = options.host.contains(":") ? "[\(options.host)]" : options.host
        let endpoint = "\(scheme)://\(name):\(port)"
        if json {
            let announcement = Announcement(
                endpoint: endpoint, host: options.host, port: port, region: region,
                process: ProcessInfo.processInfo.processIdentifier)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            if let line = try? encoder.encode(announcement) { Terminal.say(String(decoding: line, as: UTF8.self)) }
            return
        }
        Terminal.say("EC2 Image Builder at \(endpoint)")
        Terminal.say("")
        // The AWS CLI 1 and botocore read another variable than the AWS CLI 2.
        let variables = "AWS_REGION=\(region) AWS_DEFAULT_REGION=\(region)"
        Terminal.say("    export AWS_ENDPOINT_URL_IMAGEBUILDER=\(endpoint) \(variables)")
        Terminal.say("")
        Terminal.say("with a key of `kiln key api new`; ^C ends it")
    }
}
