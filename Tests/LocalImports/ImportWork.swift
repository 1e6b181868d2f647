import AWSClient
import Crypto
import Failures
import Foundation
import HostSystem
import LocalMoto
import SystemPackage

/// What goes on behind a task.
struct ImportWork: Sendable {
    private let moto: AWSSettings
    private let s3: AWSSettings
    private let folder: FilePath
    private let behaviour: LocalImports.Behaviour

    /// Called with every step; false where nobody waits for it any more.
    typealias Note = @Sendable (ImportRecord) async -> Bool

    init(moto: AWSSettings, s3: AWSSettings, folder: FilePath, _ behaviour: LocalImports.Behaviour) {
        (self.moto, self.s3, self.folder, self.behaviour) = (moto, s3, folder, behaviour)
    }

    func run(_ task: ImportRecord, _ note: Note) async {
        let scratch = folder.appending(task.id)
        var task = task
        do {
            try Folders.create(scratch)
            try await process(&task, scratch, note)
            task.status = .completed
        } catch let fault as ImportFault {
            task.status = .deleted(fault.message)
        } catch is CancellationError {
            // Whoever cancelled says so.
        } catch {
            // With what a test's author needs to know, which EC2 would not tell.
            task.status = .deleted("ServerError: an internal error has occurred during conversion. \(error)")
        }
        try? Folders.remove(scratch)
        // Gone before it is told, so that nobody finds what is about to go.
        if task.status != .completed { await remove(&task) }
        if await !note(task) { await remove(&task) }
    }

    private func process(_ task: inout ImportRecord, _ scratch: FilePath, _ note: Note) async throws {
        try await enter(.pending, &task, note)
        var files: [FilePath] = []
        for at in task.disks.indices {
            let file = scratch.appending("disk\(at)")
            try await fetch(task.disks[at].location, to: file)
            task.disks[at].size = try Self.bytes(of: file)
            files.append(file)
        }
        try await enter(.converting, &task, note)
        var disks: [FilePath] = []
        for (disk, file) in zip(task.disks, files) {
            let raw = try await DiskValidation.rawDisk(of: file, format: disk.format)
            // ImportSnapshot asks nothing of what is on the disk.
            if task.kind == .image { try DiskValidation.checkPartitions(raw) }
            disks.append(raw)
        }
        try await enter(.updating, &task, note)
        for at in task.disks.indices {
            try Task.checkCancellation()
            task.disks[at].snapshotID = try await snapshot(of: disks[at], at, task)
        }
        if task.kind == .image { task.imageID = try await image(of: task, disks) }
    }

    private func enter(_ stage: LocalImports.Stage, _ task: inout ImportRecord, _ note: Note) async throws {
        try Task.checkCancellation()
        task.status = .active(stage)
        // It begins as pending.
        if stage != .pending, await !note(task) { throw CancellationError() }
        if let failure = behaviour.failure, failure.stage == stage { throw ImportFault(failure.message) }
        // Until it is cancelled, or the server ends.
        if behaviour.standstill == stage { try await Task.sleep(for: .seconds(86400)) }
    }

    private func fetch(_ location: S3Location, to file: FilePath) async throws {
        do {
            try await S3Client.with(s3) { s3 in try await s3.download(location, to: file) }
        } catch let failure as AWSFailure {
            switch failure.code {
            case .notFound, .noSuchBucket: throw ImportFault.noAccess("404 Not Found")
            case .accessDenied: throw ImportFault.noAccess("403 Forbidden")
            case .cancelled: throw CancellationError()
            default: throw failure
            }
        }
    }

    private func snapshot(of disk: FilePath, _ at: Int, _ task: ImportRecord) async throws -> String {
        // Of the task and not of the content: every task makes a snapshot of its own.
        let digest = SHA256.hash(data: Array("\(task.id) \(at)".utf8)).map { String(format: "%02x", $0) }.joined()
        var upload = EBSUpload(
            try RawDiskBlocks(disk), digest: digest, journal: disk.removingLastComponent().appending("journal\(at)"))
        // moto keeps nothing of encryption: to ask for it would only send it every zero of the disk.
        upload.skipUnwritten = true
        let uploading = upload
        return try await AWSSession.with(moto) { aws in
            let ec2 = try aws.ec2(region: task.region)
            do {
                return try await uploading.run(aws.ebs(region: task.region), ec2).id
            } catch {
                // Shielded: a cancelled task leaves no half of a snapshot either.
                await Task { try? await uploading.abandon(ec2) }.value
                throw error
            }
        }
    }

    private func image(of task: ImportRecord, _ disks: [FilePath]) async throws -> String {
        var devices: [ImageDevice] = []
        for (at, disk) in disks.enumerated() {
            devices.append(
                ImageDevice(
                    name: Self.device(at), snapshotID: task.disks[at].snapshotID,
                    size: EBSBlock.volumeSize(for: try Self.bytes(of: disk))))
        }
        let registration = ImageRegistration(
            name: task.id, description: "AWS-VMImport service: \(task.form["Platform"] ?? "Linux")",
            architecture: .x86_64, bootMode: task.form["BootMode"] == "uefi" ? .uefi : .legacyBIOS, enaSupport: true,
            requiresIMDSv2: false, hasTPM: false, rootDeviceName: Self.device(0), devices: devices)
        return try await AWSSession.with(moto) { aws in
            try await aws.ec2(region: task.region).registerImage(registration)
        }
    }

    private static func bytes(of file: FilePath) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int ?? 0
    }

    /// As EC2 names the disks of an import: "/dev/sda1", "/dev/sdb", …
    static func device(_ at: Int) -> String {
        at == 0 ? "/dev/sda1" : "/dev/sd" + String(UnicodeScalar(UInt8(ascii: "a") + UInt8(at)))
    }

    /// Removes what a task that came to nothing has made, as far as it can be: moto ends with the tests.
    func remove(_ task: inout ImportRecord) async {
        let (moto, region, image, snapshots) = (moto, task.region, task.imageID, task.disks.compactMap(\.snapshotID))
        guard image != nil || !snapshots.isEmpty else { return }
        // Shielded: it is for a cancelled task too.
        await Task {
            try? await AWSSession.with(moto) { aws in
                let ec2 = try aws.ec2(region: region)
                if let image { try await ec2.deregisterImage(image) }
                for snapshot in snapshots { try await ec2.deleteSnapshot(snapshot) }
            }
        }.value
        task.imageID = nil
        for at in task.disks.indices { task.disks[at].snapshotID = nil }
    }
}
