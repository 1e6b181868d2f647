import Components
import Disks
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// A home with a parent, and layers on it that real overlays stand for; no guest has written them.
struct LayerBench {
    let root: FilePath
    var home: KilnHome { KilnHome(data: root, cache: root.appending("cache")) }
    var store: LayerStore { LayerStore(home: home) }
    var parent: FilePath { root.appending("parent.qcow2") }
    /// Stands for s3://bucket.
    var bucket: FilePath { root.appending("bucket") }

    static func with<Value>(_ body: (LayerBench) async throws -> Value) async throws -> Value {
        let bench = LayerBench(root: FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))"))
        try Folders.create(bench.bucket)
        defer { try? Folders.remove(bench.root) }
        try await HostCommand("qemu-img", ["create", "-q", "-f", "qcow2", bench.parent.string, "64M"]).run()
        return try await body(bench)
    }

    /// A plan of components, one command each.
    func plan(_ components: KeyValuePairs<String, String>, cache: String = "", parent digest: String? = nil) throws
        -> BuildPlan
    {
        var text = "Resources:\n"
        for (name, command) in components {
            text += """
                  \(name):
                    Type: AWS::ImageBuilder::Component
                    Properties:
                      Name: \(name)
                      Version: 1.0.0
                      Platform: Linux
                      Data: |
                        schemaVersion: 1.0
                        phases: [{name: build, steps: [{name: A, action: ExecuteBash, inputs: {commands: ['\(command)']}}]}]

                """
        }
        let uses = components.map { "{ComponentArn: !Ref \($0.key)}" }.joined(separator: ", ")
        text += """
              R:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties: {Name: recipe, Version: 1.0.0, ParentImage: debian-12, Components: [\(uses)]}
              I:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties: {Name: infrastructure, InstanceProfileName: p}
              L:
                Type: AWS::ImageBuilder::ImagePipeline
                Properties: {Name: pipeline, ImageRecipeArn: !Ref R, InfrastructureConfigurationArn: !Ref I}
            """
        let settings = "cache: {components: {\(cache)}}"
        var plan = try BuildPlan.make(
            from: try Template.parse(text: text, file: "t.yaml").resolve(), pipeline: nil,
            file: try KilnSettings.Layer.parse(text: settings, file: "kiln.yaml"), base: "/")
        try plan.use(
            ParentDisk(
                kind: .imported, name: "parent", digest: try digest ?? FileDigest.sha256(parent).digest,
                disk: parent.string))
        return plan
    }

    func session(_ plan: BuildPlan, _ options: LayerOptions = LayerOptions()) async throws -> LayerSession {
        try await LayerSession(plan: plan, home: home, options: options, origins: FolderOrigins(folder: bucket))
    }

    /// Keeps what the components from one on would have made.
    ///
    /// - Returns: how many are kept.
    @discardableResult
    func make(
        _ session: LayerSession, from first: Int = 0, _ work: (Int) async throws -> Void = { _ in }
    ) async throws -> Int {
        var below = first == 0 ? parent : store.place(try #require(session.ingredients[first - 1]).key).disk
        var kept = 0
        for index in session.plan.steps.indices.dropFirst(first) {
            let overlay = root.appending("overlay-\(index)")
            try await QemuImage.createOverlay(overlay, on: below)
            try await work(index)
            let taken = session.traffic.take()
            guard let draft = try await session.draft(index, obstacle: taken.obstacle) else {
                try Folders.remove(overlay)
                continue
            }
            _ = try await session.adopt(overlay, as: draft, index, seconds: 1, inputs: taken.inputs)
            below = draft.place.disk
            kept += 1
        }
        return kept
    }

    /// What a build that begins now takes, a word of each component.
    func look(_ plan: BuildPlan, _ options: LayerOptions = LayerOptions(), earlier: [BuildRecord] = []) async throws
        -> [String]
    {
        let session = try await session(plan, options)
        var said: [String] = []
        let kept = try await session.kept(earlier: earlier) { said.append($1 ? "\($0) is kept" : "\($0): \($2)") }
        #expect(kept.count == said.count { $0.hasSuffix(" is kept") })
        return said
    }
}

/// A folder that stands for s3://bucket.
struct FolderOrigins: FileOrigins {
    let folder: FilePath

    func list(_ prefix: S3Address, limit: Int, expectedOwner: String?) async throws(OriginFailure) -> [S3Entry] {
        let names = (try? Folders.names(in: folder)) ?? []
        return names.filter { $0.hasPrefix(prefix.key) }.map { S3Entry(key: $0, size: 1) }
    }

    func fetch(_ source: FileOrigin, to file: FilePath) async throws(OriginFailure) {
        _ = try await version(of: source)
    }

    func store(_ file: FilePath, at address: S3Address, expectedOwner: String?) async throws(OriginFailure) {}

    func version(of source: FileOrigin) async throws(OriginFailure) -> FileVersion? {
        guard case .s3(let address, _) = source else { throw OriginFailure(.unreachable, "no network") }
        let file = folder.appending(address.key)
        guard Folders.exists(file) else { throw OriginFailure(.notFound, "\(address) is not there") }
        return .file(file)
    }
}
