import Disks

/// What `kiln export --check` says.
struct ReadinessReport: Encodable {
    var image: String
    var ways: [EC2Finding.Way]
    /// Whether nothing stands in the way of any of them.
    var isReady: Bool
    var readiness: EC2Readiness

    init(image: String, ways: [EC2Finding.Way], readiness: EC2Readiness) {
        self.image = image
        self.ways = ways
        self.readiness = readiness
        isReady = readiness.isReady(for: ways)
    }

    var lines: [String] {
        let facts = readiness.facts
        var rows: [[String?]] = [
            ["image", image], ["system", facts.system],
            ["architecture", readiness.architecture?.rawValue ?? facts.architecture],
            ["boot mode", readiness.bootMode?.rawValue ?? "none"],
            ["disk", "\(facts.virtualSize) bytes, a volume of \(readiness.volumeGiB) GiB, \(facts.table.rawValue)"],
        ]
        if let root = facts.root {
            rows.append(["root", "\(root.device), \(root.fileSystem), \(root.free >> 20) MiB free"])
        }
        if let kernel = facts.kernel {
            rows.append(["kernel", kernel.version])
            let place = kernel.nvme == .module && kernel.initramfsHasNVMe == true ? ", in the initramfs" : ""
            rows.append(["drivers", "nvme \(word(kernel.nvme))\(place), ena \(word(kernel.ena))"])
        }
        rows.append(["ways", ways.map(\.rawValue).joined(separator: ", ")])
        var lines = Table.lines(rows.compactMap { row in row[1].map { [row[0] ?? "", $0] } })
        for finding in readiness.findings {
            let others = Set(EC2Finding.Way.allCases).subtracting(finding.ways)
            let only = others.isEmpty ? "" : " (\(finding.ways.map(\.rawValue).joined(separator: ", ")))"
            lines.append("\(finding.severity.rawValue): \(finding.message)\(only) [\(finding.code.rawValue)]")
            lines.append("  try: \(finding.mend)")
        }
        let (errors, warnings) = (count(.error), count(.warning))
        let verdict = isReady ? "EC2 takes it" : "EC2 would not take it, or not start it"
        lines.append(
            "\(verdict): \(errors) error\(errors == 1 ? "" : "s"), \(warnings) warning\(warnings == 1 ? "" : "s")")
        return lines
    }

    private func count(_ severity: EC2Finding.Severity) -> Int {
        readiness.findings(for: ways).filter { $0.severity == severity }.count
    }

    private func word(_ driver: KernelFacts.Driver) -> String {
        switch driver {
        case .builtIn: "built in"
        case .module: "a module"
        case .missing: "missing"
        }
    }

    func show(json: Bool) throws {
        if json { return Terminal.say(try ImageCommand.json(self)) }
        for line in lines { Terminal.say(line) }
    }
}
