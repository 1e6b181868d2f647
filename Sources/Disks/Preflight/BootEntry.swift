import Foundation

/// What a boot loader starts: a kernel, its initramfs and its command line.
struct BootEntry: Equatable {
    /// As the boot loader names it, below the file system that it reads.
    var kernel: String
    var initramfs: String?
    var commandLine: [String]

    /// Entries of a grub.cfg in order; a submenu's come after those before it, as they are written.
    static func all(inGrubConfiguration text: String) -> [BootEntry] {
        var entries: [BootEntry] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = words(line)
            guard let command = words.first, words.count > 1 else { continue }
            if ["linux", "linux16", "linuxefi"].contains(command) {
                entries.append(BootEntry(kernel: words[1], commandLine: Array(words[2...])))
            } else if ["initrd", "initrd16", "initrdefi"].contains(command), !entries.isEmpty {
                // The last one: microcode comes before it.
                entries[entries.count - 1].initramfs = words.last
            }
        }
        return entries
    }

    /// A file of the Boot Loader Specification.
    ///
    /// - Parameter variables: of the grub environment, which options may name.
    static func parse(loaderEntry text: String, variables: [String: String]) -> BootEntry? {
        var (kernel, initramfs) = (String?.none, String?.none)
        var options: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = words(line)
            switch words.first {
            case "linux": kernel = words.dropFirst().first
            case "initrd": initramfs = words.dropFirst().first { !$0.hasPrefix("$") } ?? initramfs
            case "options": options += words.dropFirst().flatMap { expand($0, variables) }
            default: continue
            }
        }
        return kernel.map { BootEntry(kernel: $0, initramfs: initramfs, commandLine: options) }
    }

    /// The one that is started by itself: the saved one, else the newest that is not for rescue.
    ///
    /// - Parameter files: texts of the files, by their names without the ending.
    static func chosen(from files: [String: String], variables: [String: String]) -> BootEntry? {
        if let saved = variables["saved_entry"], let text = files[saved] {
            return parse(loaderEntry: text, variables: variables)
        }
        let newest = files.keys.filter { !$0.contains("rescue") }.max {
            $0.compare($1, options: .numeric) == .orderedAscending
        }
        return newest.flatMap { files[$0] }.flatMap { parse(loaderEntry: $0, variables: variables) }
    }

    /// The grub environment block: `name=value` lines, and a filling of #.
    static func variables(inEnvironment text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return variables
    }

    private static func words(_ line: Substring) -> [String] {
        line.split { $0 == " " || $0 == "\t" }.map { $0.filter { $0 != "\"" && $0 != "'" } }
    }

    private static func expand(_ word: String, _ variables: [String: String]) -> [String] {
        guard word.hasPrefix("$") else { return [word] }
        let name = word.dropFirst().filter { $0 != "{" && $0 != "}" }
        return words((variables[name] ?? "")[...])
    }
}
