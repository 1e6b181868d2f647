import Foundation
import HostSystem
import SystemPackage

/// `kiln build` as a process, with a home of its own in the bench's folder.
struct KilnSide: Sendable {
    let program: FilePath
    let home: FilePath
    let work: FilePath
    let size: GuestSize
    /// What `kiln build --help` says.
    private let help: String

    private static let parent = "bench-base"

    /// Makes the home and imports the base. The appliance, costly and the same for all, is `guestfs`'s.
    static func prepare(
        _ program: FilePath, base: FilePath, guestfs: FilePath, folder: FilePath, size: GuestSize
    ) async throws -> KilnSide {
        let help = try await HostCommand(program.string, ["build", "--help"]).run()
        let (home, work) = (folder, folder.appending("kiln"))
        try Folders.create(work)
        let cache = KilnHome(environment: ["KILN_HOME": home.string])
        try Folders.create(cache.cache)
        try Folders.create(guestfs)
        try FileManager.default.createSymbolicLink(
            atPath: cache.libguestfs.string, withDestinationPath: guestfs.string)
        let side = KilnSide(program: program, home: home, work: work, size: size, help: help)
        try await side.run(["image", "import", parent, base.string])
        let settings = "cpus: \(size.processors)\nmemoryMiB: \(size.mebibytes)\nbootTimeoutSeconds: 900\n"
        try DurableFile.write(Array(settings.utf8), to: work.appending("kiln.yaml"))
        return side
    }

    /// Nothing that an earlier build has kept is used; nil flags are those that this kiln does not have.
    var cold: [String] { ["--no-cache", "--cold"].filter(knows) }

    /// A kept guest is used, but no component that was built before; nil where no guests are kept.
    var warm: [String]? { knows("--cold") ? ["--no-cache"].filter(knows) : nil }

    var keepsLayers: Bool { knows("--no-cache") }

    private func knows(_ flag: String) -> Bool { help.contains("\(flag) ") }

    /// Builds the work's image and leaves it in the store; there is nothing that peers make beside theirs.
    ///
    /// - Returns: the frozen image.
    @discardableResult
    func build(_ work: BenchWork, _ flags: [String] = [], tested: Bool = false) async throws -> FilePath {
        let template = self.work.appending("template.yaml")
        try DurableFile.write(Array(Self.template(work).utf8), to: template)
        let pipeline = tested ? "Tested" : "Untested"
        let printed = try await run(
            ["build", template.string, "--pipeline", pipeline, "--no-export", "--json"] + flags)
        struct Finished: Decodable { var disk: String }
        guard let last = printed.split(separator: "\n").last,
            let finished = try? JSONDecoder().decode(Finished.self, from: Data(last.utf8))
        else { throw BenchFailure("kiln build did not tell its image") }
        return FilePath(finished.disk)
    }

    /// A build of the same image that is timed next must not find it.
    func remove(_ image: FilePath) async throws {
        let digest = (image.removingLastComponent().lastComponent?.string ?? "").dropFirst("sha256-".count)
        try await run(["image", "rm", String(digest), "--force"])
    }

    /// What the home takes, with the base that was imported, without the appliance.
    func bytes() async throws -> Double {
        let folders = ["images", "layers", "builds", "imports"].map { home.appending($0) }.filter(Folders.exists)
        let lines = try await HostCommand("du", ["-s", "-B1"] + folders.map(\.string)).run().split(separator: "\n")
        return lines.compactMap { $0.split(separator: "\t").first.flatMap { Double($0) } }.reduce(0, +)
    }

    @discardableResult
    private func run(_ arguments: [String]) async throws -> String {
        try await HostCommand(
            program.string, arguments, environment: ["KILN_HOME": home.string], workingDirectory: work,
            limit: .seconds(3600), grace: .seconds(60)
        ).run()
    }

    private static func template(_ work: BenchWork) -> String {
        let last = work.parts.count - 1
        let components = work.parts.enumerated().map { index, part in
            component(part, test: index == last ? work.test : nil)
        }
        let uses = work.parts.map { "{ComponentArn: !Ref \($0.name)}" }.joined(separator: ", ")
        return "Resources:\n" + components.joined() + """
              Recipe:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties: {Name: bench, Version: 1.0.0, ParentImage: \(parent), Components: [\(uses)]}
              Infrastructure:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties: {Name: bench, InstanceProfileName: bench}

            """ + pipeline("Untested", false) + pipeline("Tested", true)
    }

    private static func pipeline(_ name: String, _ isTested: Bool) -> String {
        """
          \(name):
            Type: AWS::ImageBuilder::ImagePipeline
            Properties:
              Name: \(name)
              ImageRecipeArn: !Ref Recipe
              InfrastructureConfigurationArn: !Ref Infrastructure
              ImageTestsConfiguration: {ImageTestsEnabled: \(isTested), TimeoutMinutes: 60}

        """
    }

    private static func component(_ part: BenchWork.Part, test: String?) -> String {
        """
          \(part.name):
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: \(part.name)
              Version: 1.0.0
              Platform: Linux
              Data: |
                schemaVersion: 1.0
                phases:

        """ + phase("build", part.script) + (test.map { phase("test", $0) } ?? "")
    }

    private static func phase(_ name: String, _ script: String) -> String {
        let step = """
              - name: \(name)
                steps:
                  - name: \(name)
                    action: ExecuteBash
                    timeoutSeconds: 3600
                    inputs:
                      commands:
                        - |

            """
        let lines = script.split(separator: "\n").map { "              \($0)" }
        return (step.split(separator: "\n").map(String.init) + lines).map { "        \($0)\n" }.joined()
    }
}
