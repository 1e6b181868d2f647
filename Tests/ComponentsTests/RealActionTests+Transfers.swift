import AWSClient
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage
import Testing

@testable import Components
@testable import Origins

extension RealActionTests {
    /// S3 by a folder of the host, and where it is installed by a real server.
    func s3(_ bench: ActionBench, _ folder: FilePath) async throws {
        await bench.fails(
            .s3Download, [["source": "s3://files/x", "destination": "/t/"]], .originError, saying: "no access")
        let bucket = folder.appending("bucket")
        try Folders.create(bucket)
        var offline = bench
        offline.origins = try HostOrigins(settings: nil, folders: ["s3://files": bucket], isOffline: true)
        try await transfers(offline, "folder")
        #expect(try Folders.names(in: bucket).contains("up"))
        guard TestS3Server.isThere else { return }
        try await TestS3Server.with { settings in
            var online = bench
            online.origins = try HostOrigins(settings: settings)
            try await transfers(online, "server")
            await online.fails(
                .s3Download, [["source": "s3://no-such-bucket/x", "destination": "/t/"]], .originError)
        }
    }

    private func transfers(_ bench: ActionBench, _ name: String) async throws {
        let t = "/t/s3-\(name)"
        func at(_ path: String) -> ResolvedInput { .text("\(t)/\(path)") }
        try await bench.bash(
            "mkdir -p \(t)/up/sub/deep \(t)/down; cd \(t)/up; echo one > 'a b.txt'; echo ü > ü.txt; : > empty; head -c 9000000 /dev/urandom > sub/big; echo d > sub/deep/d; ln -s 'a b.txt' link"
        )
        try await bench.run(
            .s3Upload,
            [
                ["source": at("up/a b.txt"), "destination": "s3://files/up/renamed.txt"],
                ["source": at("up/a b.txt"), "destination": "s3://files/up/named/"],
                ["source": at("up/*.txt"), "destination": "s3://files/up/texts/"],
                ["source": at("up"), "destination": "s3://files/up/tree", "recurse": "true"],
                ["source": at("up/*"), "destination": "s3://files/up/star/", "recurse": "true"],
            ])
        try await bench.run(
            .s3Download,
            [
                ["source": "s3://files/up/renamed.txt", "destination": at("down/file")],
                ["source": "s3://files/up/named/a b.txt", "destination": at("down/")],
                ["source": "s3://files/up/tree/*", "destination": at("down")],
                ["source": "s3://files/up/texts/*.txt", "destination": at("down/")],
            ])
        try await bench.bash("mkdir \(t)/star")
        try await bench.run(.s3Download, [["source": "s3://files/up/star/*", "destination": at("star/")]])
        try await bench.bash(
            "cd \(t); cmp up/'a b.txt' down/file; rm down/file; diff -r up down; diff -r up star; test ! -L down/link")
        for (source, destination, code, words) in [
            ("s3://files/none", "down/", ActionFailureCode.originError, ""),
            ("s3://files/none/*", "down/", .originError, "no object"),
            ("s3://files/up/renamed.txt", "no/folder/x", .fileError, "does not exist"),
            ("s3://files/up/*", "no-folder/", .fileError, "no folder"),
            ("https://h/x", "down/", .invalidInput, "s3://"),
            ("s3://files/up/", "down/", .invalidInput, "no object"),
        ] {
            await bench.fails(
                .s3Download, [["source": .text(source), "destination": at(destination)]], code, saying: words)
        }
        await bench.fails(
            .s3Download,
            [["source": "s3://files/up/renamed.txt", "destination": at("down/a b.txt"), "overwrite": "false"]],
            .fileError,
            saying: "overwrite")
        await bench.fails(
            .s3Upload, [["source": at("up"), "destination": "s3://files/x/"]], .invalidInput, saying: "recurse")
        await bench.fails(.s3Upload, [["source": at("none"), "destination": "s3://files/x"]], .fileError)
        await bench.fails(
            .s3Upload, [["source": at("none*"), "destination": "s3://files/x/"]], .fileError, saying: "no file")
        #expect((try? Folders.names(in: bench.scratch)) ?? [] == [])
    }

    func web(_ bench: ActionBench) async throws {
        var bench = bench
        bench.origins = try HostOrigins(
            settings: nil, retry: RetryPolicy(attempts: 5, connectAttempts: 5, base: .milliseconds(10)))
        bench.workingDirectory = "/t"
        let sum = FileDigestText.sha256
        try await TestWebServer.with { server in
            let url = "\(server.base)/dir/file.txt"
            let output = try await bench.run(
                .webDownload,
                [
                    ["source": .text(url + "?X-Amz-Signature=secret"), "destination": "/t/web/new/"],
                    [
                        "source": .text("\(server.base)/moved"), "destination": "web/named", "checksum": .text(sum),
                        "algorithm": "sha256",
                    ],
                    [
                        "source": .text("\(server.base)/busy"), "destination": "/t/web/md5",
                        "checksum": "00000000000000000000000000000000",
                    ],
                    ["source": .text("\(server.base)/large"), "destination": "/t/web/large"],
                ])
            #expect(output.value(named: "destination") == "/t/web/new/file.txt\n/t/web/named\n/t/web/md5\n/t/web/large")
            try await bench.bash(
                #"cd /t/web; cmp new/file.txt named; test "$(sha256sum < named | cut -c1-64)" = \#(sum); test $(stat -c %s large) = \#(TestWebServer.large)"#
            )
            #expect(!bench.log.notes.joined().contains("secret"))
            let before = server.asked("/dir/file.txt")
            try await bench.run(
                .webDownload,
                [
                    [
                        "source": .text(url), "destination": "/t/web/named", "checksum": .text(sum.uppercased()),
                        "algorithm": "SHA256",
                    ]
                ])
            #expect(server.asked("/dir/file.txt") == before)
            try await bench.bash("echo changed > /t/web/named; chmod 600 /t/web/named")
            await bench.fails(
                .webDownload,
                [
                    [
                        "source": .text(url), "destination": "/t/web/named",
                        "checksum": .text(String(repeating: "a", count: 64)), "algorithm": "SHA256",
                    ]
                ],
                .originError, saying: "checksum")
            await bench.fails(
                .webDownload, [["source": .text(url), "destination": "/t/web/named", "overwrite": "false"]], .fileError,
                saying: "overwrite")
            try await bench.bash(
                "test \"$(cat /t/web/named)\" = changed; test \"$(ls -A /t/web | xargs)\" = 'large md5 named new'")
            await bench.fails(
                .webDownload, [["source": .text("\(server.base)/none"), "destination": "/t/web/x"]], .originError,
                saying: "404")
            for (source, destination, words) in [
                ("s3://b/k", "/t/x", "http"), (server.base + "/", "/t/web/", "no name"),
            ] {
                await bench.fails(
                    .webDownload, [["source": .text(source), "destination": .text(destination)]], .invalidInput,
                    saying: words)
            }
            await bench.fails(
                .webDownload, [["source": .text(url), "destination": "/t/x", "checksum": "12", "algorithm": "MD5"]],
                .invalidInput, saying: "32 hexadecimal")
            await bench.fails(
                .webDownload, [["source": .text(url), "destination": "/t/x", "checksum": "12", "algorithm": "CRC"]],
                .invalidInput, saying: "algorithm")
        }
    }
}

private enum FileDigestText {
    /// printf "the file's content\n" | sha256sum
    static let sha256 = "60f372ce702bc7e2bd6eb3421e399793fd55bf9af9e31489fd14d6b305ca2feb"
}
