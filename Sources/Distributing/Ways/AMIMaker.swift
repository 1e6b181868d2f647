import AWSClient
import Crypto
import Disks
import Exporting
import Failures
import Foundation
import HostSystem
import SystemPackage

/// Makes the AMI in the region that has the first.
struct AMIMaker: Sendable {
    let plan: DistributionPlan
    let region: RegionPlan
    let source: DistributionSource
    let aws: AWSSession
    let options: DistributionOptions
    /// The key's own.
    let account: String
    /// Blocks that were never written may be left out: no snapshot of this image will be encrypted.
    let skipsUnwritten: Bool
    let observe: @Sendable (DistributionEvent) -> Void

    /// - Returns: the AMI's id and its snapshots, available or soon to be.
    func make() async throws(AWSFailure) -> (id: String, snapshots: [String]) {
        for (index, way) in plan.ways.enumerated() {
            do throws(AWSFailure) {
                switch way {
                case .ebs: return try await register(try await sendBlocks())
                case .s3: return try await register(try await importSnapshot())
                case .importImage: return try await importImage()
                }
            } catch  where mayGoAnotherWay(after: way, error) {
                note(
                    "\(way.rawValue) is not allowed here (\(error.message)): going by \(plan.ways[index + 1].rawValue)")
            }
        }
        throw AWSFailure(.badConfiguration, "no way into EC2 is chosen")
    }

    /// Whether the key may not go this way, and there is a next one.
    func mayGoAnotherWay(after way: DistributionWay, _ failure: AWSFailure) -> Bool {
        failure.code == .accessDenied && way != plan.ways.last
    }

    func note(_ text: String) { observe(.note(region: region.region, text)) }

    func progress(_ what: String, _ done: Int, _ total: Int) {
        observe(.progress(region: region.region, what, done: done, total: total))
    }

    /// A snapshot of the image, and whether this run made it.
    struct Snapshot {
        var id: String
        var size: Int?
        var isNew: Bool
    }

    /// One that an earlier run made and no AMI came of, or one that has an AMI of another name.
    func findSnapshot() async throws(AWSFailure) -> Snapshot? {
        let found = try await aws.ec2(region: region.region).describeSnapshots(
            owners: ["self"], filters: ["tag:\(DistributedImage.tag)": [plan.image.digest], "status": ["completed"]])
        let wanted = region.kmsKeyID.map(keyARN)
        guard
            let snapshot = found.first(where: {
                $0.state == "completed" && (wanted == nil ? !$0.isEncrypted : $0.kmsKeyID == wanted)
            })
        else { return nil }
        note("the snapshot \(snapshot.id) of the image is there")
        return Snapshot(id: snapshot.id, size: snapshot.size, isNew: false)
    }

    /// Of a key that may be given by its id only.
    func keyARN(_ key: String) -> String {
        guard !key.hasPrefix("arn:") else { return key }
        let resource = key.hasPrefix("alias/") ? key : "key/\(key)"
        return "arn:\(AWSPartition(region: region.region).name):kms:\(region.region):\(account):\(resource)"
    }

    private func register(_ snapshot: Snapshot) async throws(AWSFailure) -> (id: String, snapshots: [String]) {
        let ec2 = try aws.ec2(region: region.region)
        do throws(AWSFailure) {
            let id = try await ec2.registerImage(try registration(snapshot))
            note("registered \(id) as '\(region.name)'")
            return (id, [snapshot.id])
        } catch {
            // Asked twice, for the first answer was lost: the name is taken by what the first made.
            if error.code == .conflict, let image = try? await ec2.image(named: region.name),
                image.tags[DistributedImage.tag] == plan.image.digest
            {
                note("registered \(image.id) as '\(region.name)'")
                return (image.id, [snapshot.id])
            }
            // Where the next run may do better it finds the snapshot; else it would only cost.
            if snapshot.isNew, [.badRequest, .conflict, .quota].contains(error.code) {
                try? await ec2.deleteSnapshot(snapshot.id)
            }
            throw error
        }
    }

    /// All that EC2 would guess is said.
    func registration(_ snapshot: Snapshot) throws(AWSFailure) -> ImageRegistration {
        guard let readiness = plan.image.readiness,
            let architecture = readiness.architecture.flatMap({ ImageRegistration.Architecture(rawValue: $0.rawValue) }
            ),
            let bootMode = readiness.bootMode.flatMap({ ImageRegistration.BootMode(rawValue: $0.rawValue) })
        else { throw AWSFailure(.badRequest, "EC2 has no image that starts as \(plan.image.label) does") }
        return ImageRegistration(
            name: region.name, description: region.description, architecture: architecture, bootMode: bootMode,
            enaSupport: readiness.enaSupport, requiresIMDSv2: plan.requiresIMDSv2, hasTPM: plan.hasTPM,
            rootDeviceName: EC2Readiness.rootDeviceName,
            devices: [
                ImageDevice(
                    name: EC2Readiness.rootDeviceName, snapshotID: snapshot.id,
                    size: max(Int(readiness.volumeGiB), snapshot.size ?? 1))
            ], tags: region.tags)
    }

    /// The same for the same wish, and not longer than EC2 takes.
    func token(_ purpose: String, _ attempt: Int = 1) -> String {
        Self.token([purpose, plan.image.digest, region.region, region.name, region.kmsKeyID ?? "-", "\(attempt)"])
    }

    static func token(_ words: [String]) -> String {
        SHA256.hash(data: Array("kiln-1 \(words.joined(separator: "\n"))".utf8)).hexadecimal
    }
}
