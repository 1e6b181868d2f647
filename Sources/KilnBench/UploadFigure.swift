import AWSClient
import ArgumentParser
import Foundation
import HostSystem
import LocalS3
import SystemPackage

/// The upload of a file to an S3 server on this machine, against `aws s3 cp` of the same file to the same server.
struct UploadFigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload", abstract: "Upload of a file to a local S3 server.")

    @Argument(help: "The file to send, such as an exported VMDK.")
    var file: String

    @OptionGroup var options: BenchOptions

    func run() async throws {
        let machine = try await Machine.describe()
        let server = try await LocalS3.start()
        defer { server.stop() }
        let file = FilePath(file)
        try await warm(file)
        let settings = try server.settings()
        var figure = try await Figure.measure(
            "upload", "\(fileSize(file) >> 20) MiB to SeaweedFS on this machine, compared afterwards",
            against: "aws s3 cp", runs: options.runs
        ) {
            _ = try await S3Client.with(settings) { s3 in
                try await S3Upload(file: file, to: S3Location(bucket: LocalS3.bucket, key: "kiln")).run(s3)
            }
        } other: {
            try await server.aws(
                "s3", "cp", "--quiet", file.string, "s3://\(LocalS3.bucket)/other", limit: .seconds(3600))
        }
        figure.peakMemoryMiB = peakMemoryMiB()
        try BenchReport(machine: machine, figures: [figure]).show(options)
    }
}
