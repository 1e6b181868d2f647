import Guests

extension Interpreter {
    /// What programs print of a full disk is said for many reasons; the guest is asked what is really full.
    ///
    /// - Returns: what is full and how to mend it, in words that follow an exit code; nil where nothing is.
    func fullDisk() async -> String? {
        let script = """
            df -P / /var /tmp /home 2>/dev/null | awk 'NR > 1 && $4 < 8192 { print $6; exit }'
            df -Pi / /var /tmp /home 2>/dev/null | awk 'NR > 1 && $2 > 0 && $4 < 16 { print $6; exit }'
            """
        let said = CapturedOutput(limit: 4096)
        let command = GuestCommand(["sh", "-c", script], limit: .seconds(30))
        guard case .exited? = try? await environment.guest.run(command, output: { said.add($0.bytes) }),
            let point = said.text.split(separator: "\n").first
        else { return nil }
        return "the guest's disk is full (\(point)); give the image a larger volume: Ebs.VolumeSize in the recipe's "
            + "BlockDeviceMappings, or diskGiB in kiln.yaml"
    }
}
