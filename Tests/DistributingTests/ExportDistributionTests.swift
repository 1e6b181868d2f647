import AWSClient
import Distributing
import Documents
import Failures
import HostSystem
import LocalMoto
import LocalS3
import SystemPackage
import Testing

/// `S3ExportConfiguration`: files in SeaweedFS, sent with the keys of a role that moto's STS gives. The caller's own key is not
/// one of that server's, and the role's may use one bucket only.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled && LocalS3.isInstalled), .timeLimit(.minutes(10)))
struct ExportDistributionTests {
    private static let regions = ["eu-central-1", "eu-west-1", "us-east-1"]

    private func withPlace(_ body: @Sendable (Place, LocalS3) async throws -> Void) async throws {
        let s3 = try await LocalS3.shared()
        let moto = try await LocalMoto.start(roles: ["exporter": s3.role])
        defer { moto.stop() }
        var environment = moto.environment
        environment["AWS_ENDPOINT_URL_S3"] = s3.endpoint
        try await Place.with(try AWSSettings(environment: environment), name: "export") { place in
            try await body(place, s3)
        }
    }

    @Test("Files of the image in the formats asked for, by the role; a second run sends nothing")
    func exported() async throws {
        try await withPlace { place, s3 in
            let formats = ["VMDK", "RAW", "VHD"]
            let configuration = try Sample.configuration(
                api: zip(Self.regions, formats).map {
                    Sample.export($0, $1, LocalS3.exports, role: "exporter")
                }.joined(separator: ", "))
            #expect(
                try await DistributionCheck(try place.plan(configuration), bucket: nil, aws: place.aws).run().isEmpty)
            let report = try await place.run(configuration)
            #expect(report.isComplete, "\(report)")
            #expect(report.regions.allSatisfy { $0.image == nil && $0.name == nil })
            let stem = "s3://\(LocalS3.exports)/disks/\(place.image.name)-1.2.0-\(place.image.digest.prefix(12))"
            #expect(report.regions.map(\.export) == ["\(stem).vmdk", "\(stem).raw", "\(stem).vhd"])
            for (region, format) in zip(report.regions, ["vmdk", "raw", "vpc"]) {
                let file = place.folder.appending("got.\(format)")
                try await s3.aws("s3", "cp", try #require(region.export), file.string, "--quiet")
                try await HostCommand(
                    "qemu-img",
                    ["compare", "-f", format, "-F", "qcow2", file.string, place.folder.appending("disk.qcow2").string]
                ).run()
            }
            #expect(try Folders.names(in: place.folder.appending("work")) == [])
            let again = try await place.run(configuration)
            #expect(again.isComplete && again.regions.allSatisfy { $0.done.isEmpty }, "\(again)")
            #expect(again.regions.map(\.export) == report.regions.map(\.export))
        }
    }

    @Test("A role that nobody may assume and a bucket that it may not use fail their regions only, beside an AMI")
    func refused() async throws {
        try await withPlace { place, s3 in
            let ami = #", "amiDistributionConfiguration": {"description": "both"}"#
            let configuration = try Sample.configuration(
                api: [
                    Sample.export("eu-central-1", "RAW", LocalS3.exports, role: "nobody", more: ami),
                    Sample.export("eu-west-1", "RAW", LocalS3.bucket, role: "exporter"),
                    Sample.export("us-east-1", "RAW", LocalS3.exports, role: "exporter", more: ami),
                ].joined(separator: ", "))
            let obstacles = try await DistributionCheck(try place.plan(configuration), bucket: nil, aws: place.aws)
                .run()
            #expect(obstacles.map(\.region).contains("eu-central-1"))
            let report = try await place.run(configuration)
            #expect(report.regions.map(\.state) == [.failed, .failed, .available], "\(report)")
            #expect(report.regions[0].problem?.message.contains("role/nobody") == true)
            #expect(report.regions[0].image != nil && report.regions[0].export == nil, "the AMI is made all the same")
            #expect(report.regions[1].image == nil)
            #expect(report.regions[2].image != nil && report.regions[2].export != nil)
            #expect(!"\(report)".contains(s3.role.secret.reveal()))
            #expect(try Folders.names(in: place.folder.appending("work")) == [])
        }
    }
}
