import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// Guests that go wrong in the middle of a build.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct GuestFaultTests {
    private func build(_ home: CommandHome, _ name: String, _ template: TestTemplate) throws -> KilnProcess {
        try home.write("\(name).yaml", template.text)
        return try home.kiln(["build", "\(name).yaml", "--output", "out-\(name)"], log: name)
    }

    @Test("Two builds at once: a guest that powers itself off and one that panics end theirs", .timeLimit(.minutes(15)))
    func guestsThatGo() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            func template(_ script: String) -> TestTemplate {
                TestTemplate(components: [("Component", [.init(name: "Goes", script: script)])], tests: false)
            }
            let off = try build(home, "off", template("poweroff -f; sleep 100"))
            let panic = try build(
                home, "panic", template("echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger"))
            let (first, second) = (try await off.end(), try await panic.end())
            #expect(first.status == 1)
            #expect(first.output.contains("the guest powered itself off"))
            #expect(second.status == 1)
            #expect(second.output.contains("panicked; its console ends:"), "\(second.output)")
            #expect(BuildFolder.all(home: home.home).map(\.state) == [.failed, .failed])
            try home.expectNothingLeft(of: off)
            try home.expectNothingLeft(of: panic)
        }
    }

    @Test(
        "Two builds at once: one has steps that fail in every way that must not hang, the other ends well in 200 MB, air-gapped",
        .timeLimit(.minutes(20)))
    func steps() async throws {
        try await withCommandHome { home in
            try home.write(
                "kiln.yaml",
                """
                \(TestTemplate.settings)
                offline: true
                origins:
                  s3://packages: mirror/packages
                  https://example.org/files: mirror/web
                """)
            for folder in ["packages/deb", "web"] {
                try Folders.create(home.work.pushing(FilePath("mirror/\(folder)")))
            }
            try home.write("mirror/packages/deb/a.deb", "from the bucket")
            try home.write("mirror/web/b.txt", "from the web")
            let goOn = "onFailure: Continue"
            let faults = TestTemplate(
                components: [
                    (
                        "Faults",
                        [
                            .init(
                                name: "Full",
                                script: """
                                    # Allocated, not written: the host's disk need not hold it. Root's reserve too.
                                    fallocate -l 2M /var/spare
                                    for size in 1G 100M 10M 1M; do
                                      number=0
                                      while fallocate -l $size /var/fill.$size.$number 2>/dev/null; do
                                        number=$((number + 1))
                                      done
                                    done
                                    dd if=/dev/zero of=/var/fill.dd bs=1M count=64
                                    status=$?
                                    rm -f /var/spare  # The next step's script needs a place.
                                    exit $status
                                    """, options: [goOn]),
                            .init(
                                name: "Endless", script: "rm -f /var/fill.*\nyes 'a line of many'",
                                options: [goOn, "timeoutSeconds: 4"]),
                            .init(
                                name: "Children",
                                script: "setsid sleep 7001 & (trap '' TERM; sleep 7002) & sleep 7003",
                                options: [goOn, "timeoutSeconds: 2"]),
                            .init(
                                name: "NoneLeft", script: "sleep 1; ! pgrep -af 'sleep 700[123]|many'",
                                options: [goOn]),
                            .init(name: "Seen", script: "echo all-steps-ran"),
                        ]
                    )
                ], tests: false)
            let good = TestTemplate(components: [
                (
                    "Good",
                    [
                        .init(
                            name: "Prints", script: "yes 'sixteen bytes..' | head -c 50000000\necho done > /etc/good"),
                        .init(phase: "test", name: "Is", script: "grep -q done /etc/good"),
                    ]
                ),
                (
                    "Fetches",
                    [
                        .init(
                            name: "S3",
                            action: ("S3Download", "[{source: 's3://packages/deb/*', destination: /opt/}]")),
                        .init(
                            name: "Web",
                            action: (
                                "WebDownload",
                                "[{source: 'https://example.org/files/b.txt?token=1', destination: /opt/web/}]"
                            )),
                        .init(
                            name: "Up",
                            action: ("S3Upload", "[{source: /etc/good, destination: 's3://packages/up/good'}]")),
                        .init(
                            name: "Elsewhere",
                            action: ("WebDownload", "[{source: 'https://example.net/c', destination: /opt/c}]"),
                            options: ["onFailure: Ignore"]),
                        .init(
                            name: "Nested",
                            action: (
                                "ExecuteDocument",
                                "{document: 'arn:aws:imagebuilder:us-east-1:000000000000:component/says/1.x.x'}"
                            )),
                        .init(
                            phase: "test", name: "Has",
                            script: """
                                [ "$(cat /opt/a.deb)" = "from the bucket" ] && [ "$(cat /opt/web/b.txt)" = "from the web" ]
                                """),
                        .init(phase: "test", name: "Twice", script: "[ $(wc -l < /etc/said) = 2 ]"),
                    ]
                ),
                ("says", [.init(name: "Say", script: "echo said >> /etc/said")]),
            ])
            let bad = try build(home, "bad", faults)
            let well = try build(home, "well", good)
            let failed = try await bad.end(within: .seconds(900))
            #expect(failed.status == 1)
            let output = failed.output
            #expect(output.contains("Full failed: exit code 1: the guest's disk is full (/)"), "\(output.suffix(4000))")
            #expect(output.contains("give the image a larger volume: Ebs.VolumeSize"), "\(output.suffix(2000))")
            #expect(output.contains("try: kiln logs b-"), "\(output.suffix(2000))")
            #expect(output.contains("Endless failed: timed out after 4 s"))
            #expect(output.contains("Children failed: timed out after 2 s"))
            #expect(output.contains("NoneLeft success"))
            #expect(output.contains("all-steps-ran"))
            let ended = try await well.end(within: .seconds(900))
            #expect(ended.status == 0, "\(ended.output.suffix(4000))")
            #expect(ended.output.contains("https://example.net/c cannot be reached: this run is offline"))
            #expect(try Folders.read(home.work.pushing("mirror/packages/up/good")) == Array("done\n".utf8))
            #expect(ended.peakMemory > 10 << 20 && ended.peakMemory < 200 << 20, "\(ended.peakMemory >> 20) MiB")
            #expect(failed.peakMemory < 200 << 20, "\(failed.peakMemory >> 20) MiB")
            try home.expectNothingLeft(of: bad)
            try home.expectNothingLeft(of: well)
        }
    }
}
