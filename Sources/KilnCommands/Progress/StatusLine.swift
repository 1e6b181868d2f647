import HostSystem

/// What stands in the last line of a terminal while work goes on: the time, where the build is, and the last thing that
/// the running step printed.
struct StatusLine: Equatable {
    var stage: String?
    /// The running step with the moment it started.
    var step: (name: String, since: ContinuousClock.Instant)?
    /// How far a transfer is, in its own words.
    var transfer: String?
    var lastOutput = ""

    static func == (one: StatusLine, other: StatusLine) -> Bool {
        one.stage == other.stage && one.step?.name == other.step?.name && one.step?.since == other.step?.since
            && one.transfer == other.transfer && one.lastOutput == other.lastOutput
    }

    /// The line, cut to `width` columns; nil when there is nothing to tell.
    func text(at now: ContinuousClock.Instant, since start: ContinuousClock.Instant, width: Int) -> String? {
        guard stage != nil || step != nil || transfer != nil else { return nil }
        var parts = [Self.clock(now - start)]
        if let stage { parts.append(stage) }
        if let step { parts.append("\(step.name) \(Self.clock(now - step.since))") }
        if let transfer { parts.append(transfer) }
        var line = parts.joined(separator: "  ")
        if step != nil, !lastOutput.isEmpty { line += "  │ \(lastOutput)" }
        return Self.cut(line, to: width)
    }

    /// "4:05", "1:02:03".
    static func clock(_ duration: Duration) -> String {
        let whole = Int(duration.seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds))" : "\(minutes):\(two(seconds))"
    }

    /// Cut by columns: a line that wraps cannot be taken back by a carriage return.
    static func cut(_ line: String, to width: Int) -> String {
        var columns = 0
        var result = ""
        for character in line {
            // East Asian and emoji characters may take two; counting all beyond Latin and box drawing so is on the safe side.
            let wide = character.unicodeScalars.contains { $0.value >= 0x1100 && !(0x2000...0x25ff ~= $0.value) }
            columns += wide ? 2 : 1
            if columns > width { return result }
            result.append(character)
        }
        return result
    }
}
