import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Exporting

@Suite struct DiskContainerTests {
    /// Whether the python that `aws` runs with has botocore: the client's own model of EC2 is the judge.
    static let python: String? = {
        guard let aws = HostCommand.locate("aws") else { return nil }
        let python = FilePath(aws).removingLastComponent().appending("python").string
        return HostCommand.locate(python)
    }()

    private static let judge = """
        import json, sys
        import botocore.session
        from botocore.validate import ParamValidator
        operation, parameter, path = sys.argv[1:]
        model = botocore.session.get_session().get_service_model("ec2").operation_model(operation)
        report = ParamValidator().validate({parameter: json.load(open(path))}, model.input_shape)
        if report.has_errors(): sys.exit(report.generate_report())
        """

    @Test("EC2's import-image and import-snapshot take the files", .enabled(if: python != nil))
    func validated() async throws {
        try await withScratchFolder { folder in
            let python = try #require(Self.python)
            try #require(DiskContainer(description: "nginx-1.0.0", format: .vmdk, bucket: "images", key: "a/b.vmdk"))
                .write(to: folder, name: "nginx-1.0.0")
            try DurableFile.write(Array(Self.judge.utf8), to: folder.appending("judge.py"))
            func judge(_ operation: String, _ parameter: String, _ file: String) async throws {
                try await HostCommand(
                    python,
                    [folder.appending("judge.py").string, operation, parameter, folder.appending(file).string]
                ).run()
            }
            try await judge("ImportImage", "DiskContainers", "nginx-1.0.0-import-image.json")
            try await judge("ImportSnapshot", "DiskContainer", "nginx-1.0.0-import-snapshot.json")
            // The judge does find faults: a list is no container.
            await #expect(throws: HostFailure.self) {
                try await judge("ImportSnapshot", "DiskContainer", "nginx-1.0.0-import-image.json")
            }
        }
    }
}

@Suite struct ManifestTests {
    @Test("A manifest says where the artifact is, comes back as it was, and is replaced whole")
    func roundTrip() async throws {
        try await withScratchFolder { folder in
            let artifact = Artifact(format: .vmdk, file: "n.vmdk", size: 5, sha256: "ab")
            let upload = Manifest.Upload(
                file: "n.vmdk", bucket: "images", key: "a/n.vmdk", region: "eu-west-1", endpoint: "127.0.0.1:8333",
                size: 5, crc64NVME: "rosUhgp5mIg=", etag: "e-1", versionID: nil, verification: "crc64NVME")
            var manifest = Manifest(
                kilnVersion: "1", build: "b", created: Date(timeIntervalSince1970: 1), name: "n", version: "1.0.0",
                digest: "cd", virtualSize: 10, architecture: "x86_64", bootMode: "uefi", parent: "debian-12",
                parentDigest: "ef", components: [], artifacts: [artifact], uploads: [], timings: ["total": 2])
            let file = folder.appending("n-manifest.json")
            try manifest.write(to: file)
            manifest.uploads = [upload]
            try manifest.write(to: file)
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            let found = try decoder.decode(Manifest.self, from: Data(try Folders.read(file)))
            #expect(found.uploads == [upload])
            #expect(found.artifacts == [artifact])
            #expect(try Folders.names(in: folder) == ["n-manifest.json"])
        }
    }
}
