import AWSClient
import Distributing
import Documents
import Failures
import FaultProxy
import Foundation
import HostSystem
import LocalImports
import LocalMoto
import LocalS3
import Synchronization
import SystemPackage
import Testing

/// Whole distributions through a relay that spoils some of what goes between Kiln and moto.
@Suite(.serialized, .enabled(if: LocalImports.isInstalled), .timeLimit(.minutes(10))) struct FaultDistributionTests {
    /// More attempts than a cycle of faults is long, and short waits.
    private static let quick = RetryPolicy(attempts: 16, base: .milliseconds(5), longest: .milliseconds(100))

    private static func configuration(_ name: String) throws -> DistributionConfiguration? {
        try Sample.configuration(
            """
            Region: eu-central-1
            AmiDistributionConfiguration:
              LaunchPermissionConfiguration: {UserIds: ["111122223333"]}
            SsmParameterConfigurations: [{ParameterName: /\(name), DataType: text}]
            """, "Region: eu-west-1", "Region: us-east-1")
    }

    /// That the image has just one AMI in each region, which a run without the relay finds.
    private func checkDone(_ place: Place, _ report: DistributionReport, _ server: LocalMoto) async throws {
        #expect(report.isComplete, "\(report)")
        try await AWSSession.with(server.settings()) { aws in
            for region in report.regions {
                let ours = try await aws.ec2(region: region.region).describeImages(owners: ["self"]).filter {
                    $0.tags["kiln:image"] == place.image.digest
                }
                #expect(ours.map(\.id) == [region.image], "\(region)")
            }
            let direct = Place(folder: place.folder, image: place.image, aws: aws)
            let again = try await direct.run(try Self.configuration(place.image.name))
            #expect(again.isComplete && again.regions.allSatisfy { $0.done.isEmpty }, "\(again)")
        }
    }

    @Test("Requests turned away, connections reset, answers lost, cut and late: all is right, and made once")
    func faults() async throws {
        let server = try await LocalMoto.shared()
        let rule: FaultProxy.Rule = { exchange in
            if let block = exchange.block {
                return [nil, .reset, .answer(status: 500, code: "InternalServerException"), .loseAnswer, .cutBody][
                    exchange.time == 1 ? block % 5 : 0]
            }
            // Done, and not known to be: asked again it must not be done twice.
            if ["RegisterImage", "CopyImage"].contains(exchange.operation), exchange.time == 1 { return .loseAnswer }
            switch exchange.time % 5 {
            case 1: return .answer(status: 503, code: "RequestLimitExceeded")
            case 2: return .reset
            case 3: return .late(.milliseconds(100))
            // What is done twice is done once by its token, its name, or because it is the same.
            case 4: return exchange.time % 2 == 0 ? .cutAnswer : .loseAnswer
            default: return nil
            }
        }
        try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
            try await Place.with(server.settings(endpoint: endpoint), name: "faults", retry: Self.quick) { place in
                let report = try await place.run(try Self.configuration(place.image.name))
                try await checkDone(place, report, server)
                let operations = Set(proxy.log.compactMap(\.operation))
                #expect(operations.isSuperset(of: ["RegisterImage", "CopyImage", "CreateTags"]))
            }
        }
    }

    @Test("Credentials that end in the middle are fetched again, and a clock that is wrong is learned")
    func clockAndCredentials() async throws {
        let server = try await LocalMoto.shared()
        let told = Mutex<Set<String>>([])
        let rule: FaultProxy.Rule = { exchange in
            let name = exchange.operation ?? exchange.block.map { "block \($0)" } ?? ""
            guard ["RegisterImage", "block 3", "DescribeImages"].contains(name), exchange.time == 1 else { return nil }
            told.withLock { _ = $0.insert(name) }
            if name != "DescribeImages" { return .answer(status: 400, code: "ExpiredTokenException") }
            return .answer(
                status: 400, code: "RequestExpired", headers: [(name: "Date", value: "Thu, 01 Jan 2026 00:00:00 GMT")])
        }
        try await FaultProxy.with(server: server.port, rule: rule) { _, endpoint in
            try await withScratchFolder { folder in
                let config = folder.appending("config")
                let text = """
                    [profile role]
                    role_arn = arn:aws:iam::\(LocalMoto.account):role/distributor
                    source_profile = source
                    [profile source]
                    aws_access_key_id = AKIAKILNTESTS
                    aws_secret_access_key = kiln-tests
                    """
                try DurableFile.write(Array(text.utf8), to: config)
                var environment = server.environment(endpoint: endpoint).filter {
                    !["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].contains($0.key)
                }
                environment["AWS_CONFIG_FILE"] = config.string
                environment["AWS_PROFILE"] = "role"
                let settings = try AWSSettings(environment: environment)
                try await Place.with(settings, name: "expired", retry: Self.quick) { place in
                    let report = try await place.run(try Self.configuration(place.image.name))
                    try await checkDone(place, report, server)
                }
            }
        }
        #expect(told.withLock { $0 } == ["RegisterImage", "block 3", "DescribeImages"])
    }

    @Test("Ended in the middle of the blocks: the next run sends the others only")
    func cancelledBlocks() async throws {
        let server = try await LocalMoto.shared()
        let isStuck = Atomic(true)
        let rule: FaultProxy.Rule = { exchange in
            isStuck.load(ordering: .relaxed) && (exchange.block ?? 0) >= 4 ? .silence : nil
        }
        try await FaultProxy.with(server: server.port, rule: rule) { proxy, endpoint in
            try await Place.with(server.settings(endpoint: endpoint), name: "ended", retry: Self.quick) { place in
                let report = try await ended(place) { event in
                    if case .progress(_, "blocks", let done, _) = event { done >= 4 } else { false }
                }
                #expect(report?.isCancelled != false && report?.isComplete != true)
                let names = try Folders.names(in: place.folder.appending("work"))
                #expect(names == ["\(place.image.digest)-eu-central-1.blocks"])
                isStuck.store(false, ordering: .relaxed)
                let after = try await place.run(try Self.configuration(place.image.name))
                try await checkDone(place, after, server)
                #expect(proxy.repeats == 0 || proxy.log.allSatisfy { ($0.block ?? 9) >= 4 || $0.time == 1 })
                #expect(try Folders.names(in: place.folder.appending("work")) == [])
            }
        }
    }

    @Test("Ended in the middle of the copies: the AMI that was made stays, and the next run copies it")
    func cancelledCopies() async throws {
        let server = try await LocalMoto.shared()
        let isStuck = Atomic(true)
        let rule: FaultProxy.Rule = { exchange in
            isStuck.load(ordering: .relaxed) && exchange.operation == "CopyImage" ? .silence : nil
        }
        try await FaultProxy.with(server: server.port, rule: rule) { _, endpoint in
            try await Place.with(server.settings(endpoint: endpoint), name: "copies", retry: Self.quick) { place in
                let report = try await ended(place) { event in
                    if case .note("eu-central-1", let text) = event { text.hasPrefix("made ami-") } else { false }
                }
                let regions = try #require(report?.regions)
                #expect(regions[1...].allSatisfy { $0.state == .cancelled && $0.image == nil }, "\(regions)")
                let made = try #require(regions[0].image)
                isStuck.store(false, ordering: .relaxed)
                let after = try await place.run(try Self.configuration(place.image.name))
                #expect(after.regions[0].image == made)
                try await checkDone(place, after, server)
            }
        }
    }

    /// Cancels a run when something has happened; nil where it ends with an error that says so.
    private func ended(_ place: Place, when: @escaping @Sendable (DistributionEvent) -> Bool) async throws
        -> DistributionReport?
    {
        let (arrivals, arrived) = AsyncStream<Void>.makeStream()
        let task = Task {
            defer { arrived.finish() }
            return try await place.run(
                try Self.configuration(place.image.name), observe: { if when($0) { arrived.yield() } })
        }
        for await _ in arrivals { break }
        task.cancel()
        switch await task.result {
        case .success(let report): return report
        case .failure(let error):
            #expect((error as? AWSFailure)?.code == .cancelled, "\(error)")
            return nil
        }
    }

    @Test("Where the EBS direct API is denied the image goes by S3, and the half of a snapshot is removed")
    func denied() async throws {
        let (moto, s3) = (try await LocalMoto.shared(), try await LocalS3.shared())
        let rule: FaultProxy.Rule = { exchange in
            exchange.block == nil ? nil : .answer(status: 403, code: "AccessDeniedException")
        }
        try await FaultProxy.with(server: moto.port, rule: rule) { _, endpoint in
            try await LocalImports.with(moto: moto, s3: s3) { imports in
                var environment = imports.environment
                environment["AWS_ENDPOINT_URL_EBS"] = endpoint
                environment["AWS_ENDPOINT_URL_S3"] = s3.endpoint
                environment["AWS_ACCESS_KEY_ID"] = s3.accessKeyID
                environment["AWS_SECRET_ACCESS_KEY"] = s3.secret.reveal()
                try await Place.with(try AWSSettings(environment: environment), name: "denied") { place in
                    let ec2 = try place.aws.ec2(region: "eu-central-1")
                    let before = Set(try await ec2.describeSnapshots(owners: ["self"]).map(\.id))
                    var choices = DistributionPlan.Choices(ways: [.ebs, .s3])
                    choices.regions = ["eu-central-1"]
                    let bucket = try S3Location(parsing: "s3://\(LocalS3.bucket)/\(place.image.name)/")
                    let notes = Mutex<[String]>([])
                    let report = try await place.run(nil, choices) {
                        $0.bucket = bucket
                    } observe: { event in
                        if case .note(_, let text) = event { notes.withLock { $0.append(text) } }
                    }
                    #expect(report.isComplete, "\(report)")
                    #expect(notes.withLock { $0 }.contains { $0.contains("ebs is not allowed here") })
                    let after = Set(try await ec2.describeSnapshots(owners: ["self"]).map(\.id))
                    #expect(after.subtracting(before) == Set(report.regions[0].snapshots))
                    #expect(try await place.aws.s3().listObjects(bucket, limit: 10).isEmpty)
                    #expect(try Folders.names(in: place.folder.appending("work")) == [])
                }
            }
        }
    }

    @Test(
        "By S3, with a bucket that asks for less, breaks off and loses answers: the snapshot is the disk, the object goes"
    )
    func bucket() async throws {
        let (moto, s3) = (try await LocalMoto.shared(), try await LocalS3.shared())
        let rule: FaultProxy.Rule = { exchange in
            switch (exchange.method, exchange.time) {
            case (_, 1): .answer(status: 503, code: "SlowDown")
            case (_, 2): .reset
            case ("PUT", 3): .cutBody
            case ("PUT", 4), ("DELETE", 3): .loseAnswer
            case ("GET", 3): .cutAnswer
            default: nil
            }
        }
        try await FaultProxy.with(server: s3.port, rule: rule) { proxy, endpoint in
            try await LocalImports.with(moto: moto, s3: s3) { imports in
                var environment = imports.environment
                environment["AWS_ENDPOINT_URL_S3"] = endpoint
                environment["AWS_ACCESS_KEY_ID"] = s3.accessKeyID
                environment["AWS_SECRET_ACCESS_KEY"] = s3.secret.reveal()
                let settings = try AWSSettings(environment: environment)
                try await Place.with(settings, name: "bucket", retry: Self.quick) { place in
                    var choices = DistributionPlan.Choices(ways: [.s3])
                    choices.regions = ["eu-central-1"]
                    let bucket = try S3Location(parsing: "s3://\(LocalS3.bucket)/\(place.image.name)/")
                    let report = try await place.run(nil, choices) { $0.bucket = bucket }
                    #expect(report.isComplete, "\(report)")
                    #expect(Set(proxy.log.map(\.method)).isSuperset(of: ["PUT", "HEAD", "DELETE"]))
                    #expect(proxy.log.contains { $0.method == "PUT" && $0.time == 5 })
                    let left = try await S3Client.with(s3.settings()) { try await $0.listObjects(bucket, limit: 10) }
                    #expect(left.isEmpty)
                    let again = try await place.run(nil, choices) { $0.bucket = bucket }
                    #expect(again.isComplete && again.regions[0].done.isEmpty)
                }
            }
        }
    }
}
