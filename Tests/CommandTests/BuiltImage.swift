import Disks
import Foundation
import HostSystem
import SystemPackage

@testable import Builds

/// A home with an image as a build leaves it, laid out without a guest: the disk is empty, the records are whole.
struct BuiltImage {
    let home: CommandHome
    let digest: String
    let build = "b-1-00000001"
    static let secrets = ["echo-9f31c2", "token-77aa01", "stored-5d5d5d"]
    static let artifact = "recipe-1.0.0.raw"

    /// A template whose component lies beside it, with a secret of every kind.
    private static let template = """
        Parameters:
          Password: {Type: String, NoEcho: true, Default: echo-9f31c2}
        Resources:
          C:
            Type: AWS::ImageBuilder::Component
            Properties: {Name: component, Version: 1.0.0, Platform: Linux, Uri: parts/c.yaml}
          R:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: recipe
              Version: 1.0.0
              ParentImage: debian-12
              Components:
                - ComponentArn: !Ref C
                  Parameters: [{Name: Token, Value: [token-77aa01]}]
          I:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: infrastructure, InstanceProfileName: p}
          P:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties: {Name: pipeline, ImageRecipeArn: !Ref R, InfrastructureConfigurationArn: !Ref I}

        """
    static let component = """
        schemaVersion: 1.0
        parameters: [{Token: {type: string, default: none}}]
        phases: [{name: build, steps: [{name: S, action: ExecuteBash, inputs: {commands: [uptime]}}]}]

        """
    private static let settings = """
        network: none
        secretParameters: [Token]
        ssm:
          /db/password: {value: stored-5d5d5d, secret: true}
          /db/host: db.example

        """

    init(in home: CommandHome) async throws {
        self.home = home
        try Folders.create(home.work.appending("parts"))
        try home.write("t.yaml", Self.template)
        try home.write("kiln.yaml", Self.settings)
        try home.write("parts/c.yaml", Self.component)
        let draft = home.root.appending("draft.qcow2")
        try await HostCommand("qemu-img", ["create", "-q", "-f", "qcow2", draft.string, "64M"]).run()
        digest = try await Self.sha256(draft)
        let disk = home.home.images.appending("sha256-\(digest)").appending("disk.qcow2")
        try Folders.create(disk.removingLastComponent())
        try DurableFile.rename(draft, to: disk)
        let folder = BuildFolder(home: home.home, id: build)
        try Folders.create(folder.logs.appending("build"))
        let document = try await Self.sha256(home.work.appending("parts/c.yaml"))
        try folder.save(
            BuildRecord(
                id: build, state: .available, recipe: "recipe", version: "1.0.0", plan: "p",
                layers: [.init(component: "component", version: "1.0.0", document: document, overlay: "o")],
                image: digest, started: Date(timeIntervalSince1970: 1_700_000_000)))
        try DurableFile.write(Array("console\n".utf8), to: folder.logs.appending("build-console.log"))
        try DurableFile.write(Array("step\n".utf8), to: folder.logs.appending("build/001-S.log"))
        try DurableFile.write(Array("{}\n".utf8), to: folder.events)
        try await export(folder)
    }

    private func export(_ folder: BuildFolder) async throws {
        try Folders.create(home.output)
        let file = home.output.appending(Self.artifact)
        try DurableFile.write([UInt8](repeating: 7, count: 5000), to: file)
        let (stamp, sum) = (try FileStamp(of: file), try await Self.sha256(file))
        let artifact = #"{"format": "raw", "file": "\#(Self.artifact)", "size": 5000, "sha256": "\#(sum)"}"#
        let stamped = #"{"bytes": \#(stamp.bytes), "modified": \#(stamp.modified)}"#
        let receipt =
            #"{"folder": "\#(home.output)", "files": [{"artifact": \#(artifact), "stamp": \#(stamped)}], "uploads": []}"#
        try DurableFile.write(Array(receipt.utf8), to: folder.path.appending("exports.json"))
        let manifest = """
            {"kilnVersion": "1", "build": "\(build)", "created": "2026-01-01T00:00:00Z", "name": "recipe", "version": "1.0.0",
            "digest": "\(digest)", "virtualSize": 67108864, "architecture": "x86_64", "bootMode": "legacy-bios",
            "parent": "debian-12", "components": [], "artifacts": [\(artifact)], "uploads": [], "timings": {}}
            """
        try home.write("kiln-output/recipe-1.0.0-manifest.json", manifest)
        try home.write("kiln-output/recipe-1.0.0.spdx.json", "{}")
    }

    private static func sha256(_ file: FilePath) async throws -> String {
        String(try await HostCommand("sha256sum", [file.string]).run().prefix(64))
    }
}
