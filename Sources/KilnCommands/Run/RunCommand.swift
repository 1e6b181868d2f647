import AWSClient
import ArgumentParser
import Builds
import Components
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import Origins
import SystemPackage

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs component documents on a throwaway guest, as AWS's component runner does.",
        discussion: """
            Examples:
              kiln run component.yaml
              kiln run --documents base.yaml,app.yaml --phases build,validate --parameters Version=1.2.0,Port=8080
              kiln run --config run.json --log-directory logs
              kiln run --parent my-image --secret Password --parameters Password=… component.yaml
              kiln run --keep-on-failure component.yaml
              kiln run --watch component.yaml          run again on a restored guest whenever the document changes

            Standard output is the runner's JSON summary; the log folder is TOE_<time>_<execution id> in the working folder.
            docs/run.md tells more.
            """)

    @Argument(help: "Component documents, as --documents takes them.")
    var files: [String] = []

    @OptionGroup(title: "Options of the component runner") var runner: RunnerOptions

    @Flag(help: "Run again, on a guest put back to where it was, whenever a document changes, until ^C.")
    var watch = false

    @Option(
        name: [.customLong("parent"), .customLong("image")],
        help: "The image to run on, as a recipe names its parent.")
    var parent = "debian-12"

    @Option(help: "A template whose components stand for ARNs.")
    var template: String?

    @Option(name: .customLong("secret"), help: "A parameter whose value no log may show; may be repeated.")
    var secrets: [String] = []

    @Option(help: "Processors of the guest (default: kiln.yaml's, else 2).")
    var cpus: Int?

    @Option(help: "MiB of memory of the guest (default: kiln.yaml's, else 1024).")
    var memory: Int?

    @Option(help: "An S3 endpoint other than AWS's.")
    var endpointURL: String?

    @Option(help: "The profile to take credentials from.")
    var profile: String?

    @Option(help: "The region of buckets.")
    var region: String?

    @Flag(help: "Events as JSON lines on standard output, and the summary as the last.")
    var json = false

    @OptionGroup var boots: BootFlags
    @OptionGroup var keepOptions: KeepOptions
    @OptionGroup var host: HostOptions

    func validate() throws {
        if let cpus, !(1...256).contains(cpus) { throw ValidationError("--cpus takes 1 to 256, not \(cpus)") }
        if let memory, !(128...1_048_576).contains(memory) {
            throw ValidationError("--memory takes MiB from 128 to 1048576, not \(memory)")
        }
        if watch, keepOptions.keepOnFailure {
            throw ValidationError("--watch restores the guest for each change: --keep-on-failure goes without it")
        }
    }

    func run() async throws {
        if runner.showVersion { throw CleanExit.message(KilnVersion.current) }
        let view = BuildView(json: json)
        let aws = try AWSSettings(
            flags: .init(profile: profile, region: region, endpoint: endpointURL),
            environment: ProcessInfo.processInfo.environment)
        let loader = RunLoader(
            options: runner, positional: files, settings: layer, secretNames: secrets,
            components: try await components()
        ) { try HostOrigins($0, aws: aws) }
        let (plan, input, warnings) = try await loader.load()
        for warning in warnings { Terminal.complain(warning.description) }
        for note in input.notes { view.note(note) }
        let upload = try input.logBucket.map { try LogUpload($0, settings: aws) }
        try await upload?.check()
        // Before there is a guest: a folder of the settings may not be there.
        let origins = try HostOrigins(plan.settings, aws: aws)
        let guest = try await throwawayGuest(plan, view)
        let session = RunSession(
            input: input, upload: upload, origins: origins, guest: guest, view: view, json: json)
        do {
            if watch {
                try await RunWatch(loader: loader, session: session, view: view).run(plan)
            } else {
                let ended = try await session.run(plan) { try await guest.start() }
                if let period = keepOptions.period, ended.isFailure { await keep(guest, for: period, view) }
                try ended.demandSuccess()
            }
        } catch {
            await guest.end()
            view.close()
            throw error
        }
        await guest.end()
        view.close()
    }

    private func keep(_ guest: RunGuest, for period: Duration, _ view: BuildView) async {
        do throws(GuestFailure) {
            for line in try await guest.keep(for: period) { view.note(line) }
        } catch {
            view.note(error.message)
        }
    }

    private var layer: KilnSettings.Layer {
        var layer = KilnSettings.Layer()
        (layer.cpus, layer.memoryMiB) = (cpus, memory)
        return layer
    }

    private func components() async throws -> [Component] {
        guard let template else { return [] }
        return try await TemplateOptions.parse([]).load([template]).template.components
    }

    private func throwawayGuest(_ plan: RunPlan, _ view: BuildView) async throws -> RunGuest {
        let reference: ParentReference
        do { reference = try ParentReference(parent) } catch { throw ValidationError("--parent: \(error)") }
        let acceleration = try await Acceleration.detect(home: host.home)
        let appliance = host.appliance(acceleration)
        let disk = try await Parents(home: host.home, settings: appliance) { view.note($0) }
            .disk(for: Positioned(reference, at: .start(of: "--parent")), own: plan.settings.parents)
        let hypervisor = try await Hypervisor.open(
            home: host.home, uri: host.connect, acceleration: acceleration, budget: host.budget
        ) { view.note($0) }
        return try await RunGuest(
            settings: plan.settings, parent: disk, home: host.home, hypervisor: hypervisor, appliance: appliance,
            keepsBoots: !boots.cold
        ) { view.show($0) }
    }
}
