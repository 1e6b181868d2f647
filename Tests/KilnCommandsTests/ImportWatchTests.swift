import Foundation
import HostSystem
import LocalImports
import LocalMoto
import LocalS3
import Store
import SystemPackage
import Testing

@testable import AWSClient
@testable import KilnCommands

/// Images that wait for import tasks of EC2, with moto and what it lacks in the place of AWS.
@Suite(.serialized, .enabled(if: LocalImports.isInstalled)) struct ImportWatchTests {
    private static let region = "eu-central-1"

    private func withStore(_ body: (KilnStore) async throws -> Void) async throws {
        let folder = FilePath("/tmp/kiln-imports-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let account = Account(region: Self.region, account: LocalMoto.account)
        try await KilnStore.using(folder.appending("kiln.db"), account: account) { try await body($0) }
    }

    private func watch(
        _ store: KilnStore, _ settings: AWSSettings, after seconds: TimeInterval = 0
    ) -> ImportWatch {
        ImportWatch(
            store: store, settings: { settings }, log: { _ in }, clock: { Date().addingTimeInterval(seconds) })
    }

    private func image(_ store: KilnStore, _ task: String) async throws -> String {
        let document = try JSONSerialization.data(withJSONObject: ["kiln": ["importTask": task]])
        return try await store.create(
            NewResource(
                .image, name: "imported", version: ResourceVersion(1, 0, 0), document: document, state: "PENDING")
        ).arn
    }

    /// Begins an import of a disk with a partition table.
    private func task(_ settings: AWSSettings) async throws -> String {
        var disk = [UInt8](repeating: 0, count: 1 << 20)
        disk[446 + 4] = 0x83
        (disk[510], disk[511]) = (0x55, 0xaa)
        let place = S3Location(bucket: LocalS3.bucket, key: "imports/\(UInt64.random(in: 0 ..< .max))")
        let content = disk
        try await S3Client.with(try await LocalS3.shared().settings()) { s3 in
            try await s3.putObject(content, to: place, contentType: "application/octet-stream")
        }
        return try await AWSSession.with(settings) { aws in
            try await aws.ec2(region: Self.region).importImage(
                ImageImport(
                    disks: [(place, .raw)], architecture: .x86_64, bootMode: .legacyBIOS,
                    token: "kiln-\(UInt64.random(in: 0 ..< .max))")
            ).id
        }
    }

    /// Looks until the image is in a state that it stays in.
    private func end(_ image: String, _ store: KilnStore, _ watch: ImportWatch) async throws -> StoredResource {
        for _ in 0..<200 {
            await watch.look()
            let found = try #require(await store.resource(image))
            if found.state != "PENDING", found.state != "CREATING" { return found }
            try await Task.sleep(for: .milliseconds(100))
        }
        return try #require(await store.resource(image))
    }

    @Test("An import that is done makes its image AVAILABLE with the AMI, which is there")
    func done() async throws {
        try await LocalImports.with(moto: .shared(), s3: .shared()) { imports in
            let settings = try imports.settings()
            try await withStore { store in
                let image = try await image(store, try await task(settings))
                let found = try await end(image, store, watch(store, settings))
                #expect(found.state == "AVAILABLE", "\(found.stateReason ?? "")")
                let result = try JSONSerialization.jsonObject(with: found.document) as? [String: Any]
                let amis = (result?["outputResources"] as? [String: Any])?["amis"] as? [[String: Any]]
                let ami = try #require(amis?.first?["image"] as? String)
                #expect(amis?.count == 1 && amis?.first?["region"] as? String == Self.region)
                let images = try await AWSSession.with(settings) { aws in
                    try await aws.ec2(region: Self.region).describeImages(ids: [ami])
                }
                #expect(images.map(\.id) == [ami])
            }
        }
    }

    @Test("One that EC2 gives up is FAILED with EC2's reason, and so is one that EC2 does not know")
    func failed() async throws {
        var behaviour = LocalImports.Behaviour()
        behaviour.failure = (.converting, "ClientError: Disk validation failed [no system]")
        try await LocalImports.with(moto: .shared(), s3: .shared(), behaviour: behaviour) { imports in
            let settings = try imports.settings()
            try await withStore { store in
                let image = try await image(store, try await task(settings))
                let found = try await end(image, store, watch(store, settings))
                #expect(found.state == "FAILED" && found.stateReason?.contains("[no system]") == true, "\(found)")
                let unknown = try await self.image(store, "import-ami-0123456789abcdef0")
                // It may have begun a moment ago.
                await watch(store, settings).look()
                #expect(try await store.resource(unknown)?.state == "PENDING")
                let lost = try await end(unknown, store, watch(store, settings, after: 120))
                #expect(lost.state == "FAILED" && lost.stateReason?.contains("import-ami-0123") == true, "\(lost)")
            }
        }
    }

    @Test("One that does not end is CREATING for a day, then FAILED; cancelled before, it stays CANCELLED")
    func endless() async throws {
        var behaviour = LocalImports.Behaviour()
        behaviour.standstill = .converting
        try await LocalImports.with(moto: .shared(), s3: .shared(), behaviour: behaviour) { imports in
            let settings = try imports.settings()
            try await withStore { store in
                let task = try await task(settings)
                let (image, other) = (try await image(store, task), try await image(store, task))
                for _ in 0..<2 { await watch(store, settings).look() }
                #expect(try await store.resource(image)?.state == "CREATING")
                _ = try await store.requestCancel(other)
                await watch(store, settings, after: ImportWatch.limit + 60).look()
                let found = try #require(await store.resource(image))
                #expect(found.state == "FAILED" && found.stateReason?.contains("within a day") == true, "\(found)")
                #expect(try await store.resource(other)?.state == "CANCELLED")
            }
        }
    }
}
