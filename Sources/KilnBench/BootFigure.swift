import ArgumentParser
import Foundation
import Guests
import HostSystem
import SystemPackage

/// A cold boot, step by step: what Kiln waits for, beside the guest's own record of it (systemd's timestamps, which count from
/// the kernel's first moment).
struct BootFigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boot", abstract: "A guest's boot to its agent, by the guest's own record of it.")

    @Argument(help: "A qcow2 image to boot, such as a base image.")
    var image: String

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await BenchFolder.with(options.scratch) { folder in
            let machine = try await Machine.describe()
            var figure = Figure(
                name: "boot", what: "a guest of \(FilePath(image).lastComponent?.string ?? image) to its agent",
                kiln: Figure.Side(name: "Kiln, from libvirt's start to the agent's answer"),
                other: Figure.Side(name: "the guest's record, from the kernel's start to its default target"))
            let boots = BootList()
            for run in 1...options.runs {
                let own = folder.appending("boot-\(run)")
                try Folders.create(own)
                try await withBenchGuest(FilePath(image), own) { guest in boots.add(try await BootRecord(of: guest)) }
                progress("boot \(run) of \(options.runs): \(Duration.seconds(boots.all.last?.total ?? 0).inSeconds)")
            }
            for boot in boots.all {
                figure.kiln.seconds.append(boot.total)
                figure.other.seconds.append(boot.finished)
            }
            for (name, step) in BootRecord.steps {
                figure.milliseconds[name] = Figure.median(boots.all.map { step($0) * 1000 })
            }
            for (unit, seconds) in boots.all.last?.slowest ?? [] { figure.milliseconds["6 \(unit)"] = seconds * 1000 }
            try BenchReport(machine: machine, figures: [figure]).show(options)
        }
    }
}

/// One boot; seconds.
struct BootRecord: Sendable {
    /// From libvirt's start to the agent's answer.
    var total: Double
    /// The guest's clock when its record was read, just after the answer.
    var uptime: Double
    /// Since the kernel's start; 0 where there is no initramfs.
    var initramfs: Double
    var userspace: Double
    var finished: Double
    /// The units that took longest to start.
    var slowest: [(unit: String, seconds: Double)]

    static let steps: [(String, @Sendable (BootRecord) -> Double)] = [
        ("1 QEMU, firmware, boot loader and the kernel's decompression", { $0.total - $0.uptime }),
        ("2 kernel", { $0.initramfs > 0 ? $0.initramfs : $0.userspace }),
        ("3 initramfs", { $0.initramfs > 0 ? $0.userspace - $0.initramfs : 0 }),
        ("4 user space to the agent", { $0.uptime - $0.userspace }),
        ("5 user space to the default target", { $0.finished - $0.userspace }),
    ]

    init(of guest: RunningGuest) async throws {
        total = guest.bootSeconds
        let text = try await guest.answer(
            """
            cut -d' ' -f1 /proc/uptime
            until systemctl show -p FinishTimestampMonotonic --value | grep -qv '^0$'; do sleep 0.1; done
            for name in InitRD Userspace Finish; do systemctl show -p ${name}TimestampMonotonic --value; done
            systemd-analyze blame --no-pager | head -5
            """)
        let lines = text.split(separator: "\n").map(String.init)
        let numbers = lines.prefix(4).compactMap { Double($0) }
        guard numbers.count == 4 else { throw BenchFailure("the guest has no record of its boot: \(text)") }
        (uptime, initramfs, userspace, finished) = (
            numbers[0], numbers[1] / 1e6, numbers[2] / 1e6, numbers[3] / 1e6
        )
        slowest = lines.dropFirst(4).compactMap { line in
            let words = line.split(separator: " ")
            guard let unit = words.last, words.count >= 2 else { return nil }
            return (String(unit), words.dropLast().reduce(0) { $0 + Self.seconds($1) })
        }
    }

    /// "1.204s", "837ms", "1min".
    private static func seconds(_ text: Substring) -> Double {
        if text.hasSuffix("ms") { return (Double(text.dropLast(2)) ?? 0) / 1000 }
        if text.hasSuffix("min") { return (Double(text.dropLast(3)) ?? 0) * 60 }
        return Double(text.dropLast()) ?? 0
    }
}

/// Filled from a guest's task; one after the other.
private final class BootList: @unchecked Sendable {
    private(set) var all: [BootRecord] = []
    func add(_ boot: BootRecord) { all.append(boot) }
}
