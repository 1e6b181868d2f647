import AWSClient
import Disks
import Distributing
import Documents
import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage

func withScratchFolder<T>(_ body: (FilePath) async throws -> T) async throws -> T {
    let folder = FilePath("/tmp/kiln-test-\(getpid())-\(UInt64.random(in: 0 ..< .max))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    return try await body(folder)
}

enum Sample {
    /// A disk that nothing is wrong with.
    static let facts = EC2Facts(
        virtualSize: 8 << 30, table: .gpt, system: "debian 12.15", architecture: "x86_64", systems: 1,
        isEncrypted: false, startsByBIOS: true, hasEFIFolder: true, fallbackLoaders: ["BOOTX64.EFI"],
        root: .init(device: "/dev/sda3", fileSystem: "ext4", isLVM: false, isSubvolume: false, free: 4 << 30),
        kernel: KernelFacts(
            version: "6.1.0", commandLine: ["root=UUID=a", "console=ttyS0,115200n8", "net.ifnames=0"], nvme: .module,
            ena: .module, initramfs: "/boot/initrd.img-6.1.0", initramfsHasNVMe: true),
        mounts: [FstabEntry(source: "UUID=a", point: "/", type: "ext4")], identities: ["a"],
        cloudInit: .init(isDisabled: false, datasources: nil, leavesNetwork: false, seeds: []),
        network: NetworkFacts(hasNetworkManager: false, settings: []))

    static let digest = String(repeating: "ab", count: 32)

    static func image(
        name: String = "web", version: String? = "1.2.0", digest: String = digest,
        created: Date = Date(timeIntervalSince1970: 1_789_000_748.103), change: (inout EC2Facts) -> Void = { _ in }
    ) -> DistributedImage {
        var facts = facts
        change(&facts)
        return DistributedImage(
            name: name, version: version, digest: digest, created: created, buildNumber: 3,
            arn: try? ImageBuilderARN("arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.2.0/3"),
            readiness: EC2Readiness(facts))
    }

    /// A configuration with these distributions, each as it stands under `Distributions`, in YAML.
    static func configuration(_ distributions: String...) throws -> DistributionConfiguration? {
        let items = distributions.map { text in
            text.split(separator: "\n").enumerated().map { "        \($0.offset == 0 ? "- " : "  ")\($0.element)" }
                .joined(separator: "\n")
        }
        let template = """
            Resources:
              Everywhere:
                Type: AWS::ImageBuilder::DistributionConfiguration
                Properties:
                  Name: everywhere
                  Distributions:
            \(items.joined(separator: "\n"))
            """
        return try Template.parse(text: template, file: "t.yaml").resolve(TemplateContext()).distributions.first
    }

    /// A configuration as the API has it, which alone knows exports.
    static func configuration(api distributions: String) throws -> DistributionConfiguration? {
        var documents = DocumentSet()
        documents.add(text: #"{"name": "exports", "distributions": [\#(distributions)]}"#, file: "d.json")
        return try documents.resolve(TemplateContext()).first?.distributions.first
    }

    /// An export of a region, as the API has it.
    static func export(_ region: String, _ format: String, _ bucket: String, role: String, more: String = "") -> String
    {
        """
        {"region": "\(region)", "s3ExportConfiguration": {"roleName": "\(role)", "diskImageFormat": "\(format)",
        "s3Bucket": "\(bucket)", "s3Prefix": "disks/"}\(more)}
        """
    }

    static func plan(
        _ configuration: DistributionConfiguration?, image: DistributedImage = image(),
        _ choices: DistributionPlan.Choices = .init()
    ) throws(DocumentFailure) -> DistributionPlan {
        try DistributionPlan(configuration, image: image, choices: choices)
    }

    /// What is said of a plan: errors where it is none, warnings where it is one.
    static func problems(
        _ configuration: DistributionConfiguration?, image: DistributedImage = image(),
        _ choices: DistributionPlan.Choices = .init()
    ) -> [String] {
        do throws(DocumentFailure) {
            return try plan(configuration, image: image, choices).warnings.map(\.description)
        } catch {
            return error.diagnostics.map(\.description)
        }
    }
}

/// A disk of 20 MiB and a session, for one test: its own image, as far as the servers know.
struct Place: Sendable {
    let folder: FilePath
    let image: DistributedImage
    let aws: AWSSession

    /// A qcow2 overlay over another one: data in both, a block of written zeros that hides data, and blocks that nobody wrote.
    static func disk(_ folder: FilePath) async throws -> FilePath {
        let (base, top) = (folder.appending("base.qcow2"), folder.appending("disk.qcow2"))
        let script = """
            set -e
            qemu-img create -q -f qcow2 \(base) 20M
            qemu-io -c 'write -P 17 100k 3M' -c 'write -P 18 10M 512k' \(base) >/dev/null
            qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 \(top)
            qemu-io -c 'write -P 19 2M 700k' -c 'write -z 10M 512k' -c 'write -P 20 20476k 4k' \(top) >/dev/null
            """
        try await HostCommand("sh", ["-c", script], package: "qemu-utils").run()
        return top
    }

    static func with<Value: Sendable>(
        _ settings: AWSSettings, name: String = "place", retry: RetryPolicy = RetryPolicy(),
        _ body: @Sendable (Place) async throws -> Value
    ) async throws -> Value {
        try await withScratchFolder { folder in
            let name = "\(name)-\(UInt32.random(in: 0 ..< .max))"
            let disk = try await disk(folder)
            let digest = String(
                try await HostCommand("sh", ["-c", "(cat \(disk); echo \(name)) | sha256sum"]).run().prefix(64))
            return try await AWSSession.with(settings, retry: retry) { aws in
                try await body(Place(folder: folder, image: Sample.image(name: name, digest: digest), aws: aws))
            }
        }
    }

    func plan(
        _ configuration: DistributionConfiguration?, _ choices: DistributionPlan.Choices = .init()
    ) throws -> DistributionPlan {
        try DistributionPlan(configuration, image: image, choices: choices)
    }

    /// The AMI of one region without anything else: where an account or a key follows, every block of a GiB would be sent.
    func seed(_ region: String = "eu-central-1") async throws {
        var choices = DistributionPlan.Choices()
        choices.regions = [region]
        let report = try await run(nil, choices)
        guard report.isComplete else { throw HostFailure(.io, "no AMI to begin with: \(report)") }
    }

    func run(
        _ configuration: DistributionConfiguration?, _ choices: DistributionPlan.Choices = .init(),
        change: (inout DistributionOptions) -> Void = { _ in },
        observe: @escaping @Sendable (DistributionEvent) -> Void = { _ in }
    ) async throws -> DistributionReport {
        var options = DistributionOptions(work: folder.appending("work"))
        options.polling = Polling(first: .milliseconds(50), longest: .milliseconds(200), limit: .seconds(60))
        change(&options)
        return try await Distributor(
            try plan(configuration, choices),
            source: .init(disk: folder.appending("disk.qcow2"), isRaw: false), options: options, aws: aws,
            observe: observe
        ).run()
    }
}
