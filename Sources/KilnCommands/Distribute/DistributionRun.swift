import AWSClient
import Disks
import Distributing
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// One distribution, from documents and flags to its report: of an image that is there, or of one that is still to be built.
struct DistributionRun: Sendable {
    let wanted: WantedDistribution
    let flags: DistributionFlags
    let bucket: S3Location?
    let aws: AWSSettings
    let host: HostOptions

    /// Where the imports find an image.
    ///
    /// - Parameter flag: what the command line says.
    static func bucket(_ flag: String?, _ settings: KilnSettings) throws -> S3Location? {
        if let flag { return try S3Location(parsing: flag) }
        return try settings.s3.map { try S3Location(parsing: "s3://\($0.bucket)/\($0.prefix ?? "")") }
    }

    /// The plan, as far as the documents make it.
    ///
    /// - Throws: `DocumentFailure`.
    func outline(_ image: DistributeImage) throws(DocumentFailure) -> DistributionPlan {
        try plan(
            DistributedImage(
                name: image.name, version: image.version, digest: image.digest ?? "", created: image.created,
                buildNumber: image.buildNumber, arn: wanted.arn(build: image.buildNumber)))
    }

    /// All that can be wrong without a look into the disk: documents, names, ways, the key, accounts, roles, buckets.
    ///
    /// - Returns: what was warned of.
    /// - Throws: `DocumentFailure`, `AWSFailure`.
    func check(_ image: DistributeImage, _ view: BuildView) async throws -> [Diagnostic] {
        let plan = try outline(image)
        for warning in plan.warnings { view.complain(warning.description) }
        let obstacles = try await AWSSession.with(aws) { session in
            try await DistributionCheck(plan, bucket: bucket, aws: session).run()
        }
        for obstacle in obstacles {
            view.complain("kiln: warning: \(obstacle.region) cannot be done: \(obstacle.failure.message)")
            if let hint = obstacle.failure.hint { view.complain("  try: \(hint)") }
        }
        return plan.warnings
    }

    /// Looks into the disk, and distributes it.
    ///
    /// - Parameters:
    ///   - said: warnings that were given.
    ///   - note: what happens on the way, a line each.
    /// - Throws: `DocumentFailure` for what EC2 would not take or start, `AWSFailure`, `DiskFailure`, `HostFailure`.
    func run(
        _ image: DistributeImage, said: [Diagnostic], _ view: BuildView,
        _ note: @escaping @Sendable (String) -> Void, change: (inout DistributionOptions) -> Void = { _ in }
    ) async throws -> DistributionReport {
        let file = image.file
        note("looking into \(file.label)")
        let acceleration = try await Acceleration.detect(home: host.home)
        let readiness = try await EC2Preflight.run(
            disk: file.disk, format: file.format, settings: host.appliance(acceleration))
        let described = DistributedImage(
            name: image.name, version: image.version, digest: try await image.sha256(), created: image.created,
            buildNumber: image.buildNumber, arn: wanted.arn(build: image.buildNumber), readiness: readiness)
        let plan = try plan(described)
        for warning in plan.warnings where !said.contains(warning) { view.complain(warning.description) }
        let folder = try await DistributionFolder.open(host.home.cache.appending("distribution"))
        defer { folder.close() }
        var options = DistributionOptions(work: folder.path)
        options.bucket = bucket
        options.keepsObject = flags.keepObject
        options.importRole = flags.importRole
        change(&options)
        let ready = options
        let source = DistributionSource(disk: file.disk, isRaw: file.format == "raw")
        return try await AWSSession.with(aws) { session in
            try await Distributor(plan, source: source, options: ready, aws: session) { event in
                switch event {
                case .note(let region, let text): note("\(region): \(text)")
                case .progress(let region, let what, let done, let total):
                    view.progress("\(region): \(what)", done, total)
                }
            }.run()
        }
    }

    private func plan(_ image: DistributedImage) throws(DocumentFailure) -> DistributionPlan {
        var choices = flags.choices(bucket, created: image.created)
        choices.watermarks = wanted.watermarks
        return try DistributionPlan(wanted.configuration, image: image, choices: choices)
    }
}
