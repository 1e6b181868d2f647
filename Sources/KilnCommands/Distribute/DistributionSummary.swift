import ArgumentParser
import Distributing
import Failures

/// The end of a distribution: a line for each region, and what went wrong.
struct DistributionSummary {
    let report: DistributionReport

    init(_ report: DistributionReport) { self.report = report }

    var lines: [String] {
        let rows = report.regions.map { region in
            [region.region, region.state.rawValue, region.image ?? "-", region.name ?? "-"]
        }
        var lines = Table.lines(rows)
        for region in report.regions {
            for copy in region.copies { lines.append("\(region.region): \(copy.image) in the account \(copy.account)") }
            if let file = region.export { lines.append("\(region.region): exported to \(file)") }
            guard let problem = region.problem else { continue }
            lines.append("\(region.region): \(problem.message)")
            if let hint = problem.hint { lines.append("  try: \(hint)") }
        }
        let done = report.regions.count { $0.state == .available }
        lines.append("\(done) of \(report.regions.count) region\(report.regions.count == 1 ? "" : "s") done")
        return lines
    }

    func show(json: Bool) throws {
        if json { return Terminal.say(try ImageCommand.json(report)) }
        for line in lines { Terminal.say(line) }
    }

    /// - Throws: what a command ends with where a region was not done.
    func demandSuccess() throws {
        if report.isCancelled { throw CancellationError() }
        if !report.isComplete { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
