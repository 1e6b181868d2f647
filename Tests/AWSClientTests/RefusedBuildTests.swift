import Failures
import HostSystem
import LocalS3
import SystemPackage
import Testing

@testable import AWSClient

/// The program, where it was built along with the tests.
private let builtKiln: FilePath? = {
    let program = FilePath(CommandLine.arguments[0]).removingLastComponent().appending("kiln")
    return Folders.exists(program) ? program : nil
}()

/// `kiln build` with an upload that cannot end well: told of before a guest boots, with the right status and no secret.
@Suite(.serialized, .enabled(if: LocalS3.isInstalled && builtKiln != nil), .timeLimit(.minutes(5)))
struct RefusedBuildTests {
    private func build(_ arguments: [String], _ changes: [String: String] = [:]) async throws -> HostCommand.Output {
        let server = try await LocalS3.shared()
        let kiln = try #require(builtKiln)
        let template = FilePath(#filePath).removingLastComponent().appending("../../fixtures/templates/nginx.yaml")
        return try await withScratchFolder { folder in
            let environment = server.environment.merging(changes) { $1 }
                .merging(["KILN_HOME": folder.appending("home").string]) { $1 }
            let output = try await HostCommand(
                kiln.string, ["build", template.string, "--output", folder.appending("out").string] + arguments,
                environment: environment, limit: .seconds(60)
            ).output()
            #expect(!Folders.exists(folder.appending("out")))
            #expect(!(output.standardOutput + output.standardError).contains(server.secret.reveal()))
            return output
        }
    }

    @Test("A bucket that is not there")
    func missingBucket() async throws {
        let output = try await build(["--s3", "s3://no-such-bucket/x"])
        #expect(output.status == ExitStatus.unavailable.rawValue)
        #expect(output.standardError.contains("the bucket no-such-bucket does not exist"))
        #expect(output.standardError.contains("try: make it: aws s3 mb s3://no-such-bucket"))
    }

    @Test("A wrong secret, and no key at all")
    func keys() async throws {
        let place = ["--s3", "s3://\(LocalS3.bucket)/x"]
        let wrong = try await build(place, ["AWS_SECRET_ACCESS_KEY": "wrong-secret-of-the-test"])
        #expect(wrong.status == ExitStatus.unavailable.rawValue)
        #expect(wrong.standardError.contains("refused the signature"))
        #expect(!wrong.standardError.contains("wrong-secret"))
        let none = try await build(place, ["AWS_SECRET_ACCESS_KEY": "", "AWS_ACCESS_KEY_ID": ""])
        #expect(none.status == ExitStatus.unavailable.rawValue)
        #expect(none.standardError.contains("no AWS credentials"))
    }

    @Test("An endpoint that does not answer")
    func unreachable() async throws {
        let output = try await build(["--s3", "s3://\(LocalS3.bucket)/x", "--endpoint-url", "http://127.0.0.1:1"])
        #expect(output.status == ExitStatus.unavailable.rawValue)
        #expect(output.standardError.contains("cannot reach S3 at http://127.0.0.1:1"))
    }

    @Test(
        "What cannot be meant is a usage error",
        arguments: [
            ["--s3", "images/x"], ["--s3", "s3://X/y"], ["--s3", "s3://images", "--endpoint-url", "lab:9000"],
            ["--formats", "floppy"], ["--formats", ","],
        ])
    func usage(arguments: [String]) async throws {
        let output = try await build(arguments)
        #expect(output.status == ExitStatus.usage.rawValue)
        #expect(!output.standardError.isEmpty)
    }
}
