import Foundation
import Guests
import HostSystem
import SystemPackage

/// All sides of the builds' figures, on one base.
struct BuildsBench {
    let kiln: KilnSide
    /// With a home of its own, whose size is measured.
    let edited: KilnSide
    let packer: PackerPeer
    let customize: CustomizePeer
    let tools: GuestfsTools

    static func prepare(
        _ image: FilePath, kiln: FilePath, acceleration: Acceleration, guestfs: FilePath, folder: FilePath
    ) async throws -> BuildsBench {
        progress("preparing the base for each")
        let size = GuestSize()
        let temporary = folder.appending("peers")
        try Folders.create(temporary)
        // First, for it makes the appliance where there is none yet.
        let side = try await KilnSide.prepare(kiln, base: image, guestfs: guestfs, folder: folder, size: size)
        let edited = try await KilnSide.prepare(
            kiln, base: image, guestfs: guestfs, folder: folder.appending("edited"), size: size)
        let tools = GuestfsTools(acceleration, cache: guestfs, folder: temporary)
        let packer = try await PackerPeer.prepare(
            image, tools: tools, acceleration: acceleration, folder: temporary, size: size)
        let customize = CustomizePeer(tools: tools, base: image, folder: temporary, size: size)
        return BuildsBench(kiln: side, edited: edited, packer: packer, customize: customize, tools: tools)
    }

    func figures(runs: Int, part: Int) async throws -> [Figure] {
        // Whatever is made once only (QEMU's capabilities, a kept guest) is made here.
        progress("a first build, not timed")
        try await kiln.remove(kiln.build(.nginx))
        return try await nginx(runs) + five(runs, part)
    }

    /// The same small work on every side.
    private func nginx(_ runs: Int) async throws -> [Figure] {
        let work = BenchWork.nginx
        var cold = Figure.Side(name: "Kiln, nothing kept")
        var tested = Figure.Side(name: "Kiln, nothing kept, and the image booted and tested")
        var warm = Figure.Side(name: "Kiln, a booted guest kept")
        var packed = Figure.Side(name: "Packer, then virt-sysprep")
        var customized = Figure.Side(name: "virt-customize, then virt-sysprep")
        for run in 1...runs {
            try await time(&cold, work, run, runs) { try await kiln.build(work, kiln.cold) }
            try await time(&packed, work, run, runs) { try await packer.build(work) }
            if let flags = kiln.warm {
                try await time(&warm, work, run, runs) { try await kiln.build(work, flags) }
            }
            try await time(&customized, work, run, runs) { try await customize.build(work) }
            try await time(&tested, work, run, runs) { try await kiln.build(work, kiln.cold, tested: true) }
        }
        let what = "package lists updated, nginx installed and enabled"
        var figures = [
            Figure(name: "cold build", what: what, kiln: cold, other: packed),
            Figure(name: "cold build, tested", what: what, kiln: tested, other: packed),
            Figure(name: "cold build, the other peer", what: what, kiln: cold, other: customized),
        ]
        if kiln.warm != nil {
            figures += [
                Figure(name: "warm build", what: what, kiln: warm, other: packed),
                Figure(name: "warm build, the other peer", what: what, kiln: warm, other: customized),
            ]
        }
        return figures
    }

    /// An edit of the last of five components of equal cost, and no edit. Packer runs all five whatever was edited.
    private func five(_ runs: Int, _ part: Int) async throws -> [Figure] {
        guard kiln.keepsLayers else { return [] }
        var changed = Figure.Side(name: "Kiln, the last component edited")
        var unchanged = Figure.Side(name: "Kiln, nothing edited")
        var packed = Figure.Side(name: "Packer, then virt-sysprep")
        progress("the build that is edited, not timed")
        try await edited.build(.five(mebibytes: part, edition: "edition 0"))
        let one = try await edited.bytes()
        for run in 1...runs {
            let work = BenchWork.five(mebibytes: part, edition: "edition \(run)")
            try await time(&packed, work, run, runs) { try await packer.build(work) }
            try await time(&changed, work, run, runs, keeping: true) { try await edited.build(work) }
            try await time(&unchanged, work, run, runs, keeping: true) { try await edited.build(work) }
        }
        let several = max(5, runs + 1)
        for build in runs + 1..<several {
            try await edited.build(.five(mebibytes: part, edition: "edition \(build)"))
        }
        let disk = ["the home's disk after \(several) builds": try await edited.bytes() / one]
        let what = "five components, each the SHA-256 of \(part) MiB"
        return [
            Figure(name: "one component changed", what: what, kiln: changed, other: packed, ratios: disk),
            Figure(name: "nothing changed", what: what, kiln: unchanged, other: packed),
        ]
    }

    /// One build of a side; the last one's image is looked into.
    private func time(
        _ side: inout Figure.Side, _ work: BenchWork, _ run: Int, _ runs: Int, keeping: Bool = false,
        _ build: () async throws -> FilePath
    ) async throws {
        var image: FilePath?
        try await side.time(spent: busyTime) { image = try await build() }
        progress("run \(run) of \(runs): \(side.name): \(Duration.seconds(side.seconds.last ?? 0).inSeconds)")
        guard let image else { return }
        if run == runs { try await tools.demand(work, in: image, of: side.name) }
        if !keeping, side.name.hasPrefix("Kiln") { try await kiln.remove(image) }
    }
}

/// Where a bench of many minutes is, on standard error.
func progress(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
