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
