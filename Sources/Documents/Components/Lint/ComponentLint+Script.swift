extension ComponentLint {
    /// The commands of ExecuteBash, read as the one script they become.
    func checkScript(_ step: ComponentStep) {
        let texts = (step.inputs?["commands"]?.elements ?? []).compactMap(\.text)
        let source = texts.map(\.source).joined(separator: "\n")
        let script = ShellScript(source)
        var toldOfSudo = false
        for (index, command) in script.commands.enumerated() {
            func warn(_ message: String, hint: String? = nil, _ rule: Rule) {
                diagnostics.warning(
                    at: Self.position(of: command.start, in: source, of: texts), message, hint: hint, rule: rule)
            }
            if command.usesSudo, !toldOfSudo {
                toldOfSudo = true
                warn("the script of the step '\(step.name)' runs as root: sudo is not needed", .sudo)
            }
            if Self.waitsForAnswer(command) {
                warn("\(command.name) asks before it goes on, and nobody answers", hint: "add -y", .interactive)
            }
            if Self.reboots(command) {
                warn(
                    "'\(command.words.prefix(2).joined(separator: " "))' takes the guest away under the step",
                    hint: "exit with 194, or use a Reboot step", .rebootInScript)
            }
            if command.name == "rm", command.hasFlag("r") || command.hasFlag("R"),
                let path = command.operands.first(where: SystemPath.contains)
            {
                warn("this deletes \(path), which the system needs", .systemPath)
            }
            if command.name == "chmod", let mode = command.operands.first, Self.letsEveryoneWrite(mode) {
                warn("chmod \(mode) lets everyone write", .worldWritable)
            }
            if Self.ignoresCertificates(command) {
                warn("the server's certificate is not checked", .uncheckedCertificate)
            }
            if command.isPiped, ["sh", "bash", "zsh", "python", "python3", "perl"].contains(command.name), index > 0,
                ["curl", "wget"].contains(script.commands[index - 1].name)
            {
                warn(
                    "what \(script.commands[index - 1].name) gets is run unseen",
                    hint: "use WebDownload with a checksum, then run the file", .pipedScript)
            }
        }
        checkFailures(script, step) { Self.position(of: $0, in: source, of: texts) }
    }

    /// Warns once of a script whose commands may fail unnoticed.
    private func checkFailures(
        _ script: ShellScript, _ step: ComponentStep, _ position: (String.Index) -> SourcePosition
    ) {
        guard !script.stopsAtFailure else { return }
        let ignored = script.commands.filter { $0.isFollowed && !$0.isChecked && !Self.harmless.contains($0.name) }
        guard let first = ignored.first else { return }
        diagnostics.warning(
            at: position(first.start),
            "if '\(first.name)' fails, the script of the step '\(step.name)' goes on, and the step may still succeed",
            hint: "begin the commands with set -e", rule: .ignoredFailure)
    }

    /// Commands that do not fail, or whose failure says nothing.
    private static let harmless: Set<String> = [
        "echo", "printf", "export", "set", "shopt", "exit", "return", "true", "false", ":", "local", "declare",
        "readonly",
        "unset", "trap", "[", "[[", "test", "fi", "done", "esac", "case", "for", "function", "in", "select", "break",
        "continue", "shift", "umask", "sleep", "wait", "alias", "eval",
    ]

    private static func waitsForAnswer(_ command: ShellCommand) -> Bool {
        guard !command.isPiped, let verb = command.operands.first else { return false }
        let assents = command.hasFlag("y") || command.has("--yes", "--assume-yes", "--assumeyes")
        switch command.name {
        case "apt-get", "apt":
            let changes = ["install", "upgrade", "dist-upgrade", "full-upgrade", "remove", "purge", "autoremove"]
            let rehearses = command.has("-s", "--simulate", "--dry-run", "--download-only", "-d")
            return changes.contains(verb) && !assents && !rehearses && !command.has("-qq", "--assume-no")
        case "yum", "dnf":
            let changes = [
                "install", "update", "upgrade", "remove", "erase", "groupinstall", "localinstall", "reinstall",
            ]
            return changes.contains(verb) && !assents && !command.has("--assumeno")
        case "amazon-linux-extras":
            return verb == "install" && !assents
        case "zypper":
            let changes = ["install", "in", "update", "up", "patch", "dist-upgrade", "dup", "remove", "rm"]
            return changes.contains(verb) && !assents && !command.hasFlag("n") && !command.has("--non-interactive")
        default:
            return false
        }
    }

    private static func reboots(_ command: ShellCommand) -> Bool {
        switch command.name {
        case "reboot", "poweroff", "halt": return true
        case "shutdown": return !command.has("-c")
        case "systemctl": return ["reboot", "poweroff", "halt"].contains(command.operands.first)
        case "init": return ["0", "6"].contains(command.operands.first)
        default: return false
        }
    }

    private static func letsEveryoneWrite(_ mode: String) -> Bool {
        if mode.allSatisfy({ $0.isASCII && $0.isNumber }) { return isWorldWritable(mode) }
        return ["a+w", "o+w", "a+rw", "o+rw", "a+rwx", "o+rwx", "ugo+rwx"].contains(mode)
    }

    private static func ignoresCertificates(_ command: ShellCommand) -> Bool {
        switch command.name {
        case "curl": command.has("--insecure") || command.hasFlag("k")
        case "wget": command.has("--no-check-certificate")
        default: false
        }
    }

    /// A place in the joined script, as a place in the file.
    private static func position(
        of index: String.Index, in source: String, of texts: [Interpolation]
    ) -> SourcePosition {
        var offset = source.utf8.distance(from: source.startIndex, to: index)
        for text in texts {
            let count = text.source.utf8.count
            if offset <= count {
                return text.position(at: text.source.utf8.index(text.source.startIndex, offsetBy: offset))
            }
            offset -= count + 1
        }
        return texts.first?.position ?? .start(of: "-")
    }
}
