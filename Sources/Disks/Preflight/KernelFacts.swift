/// The kernel that the boot loader starts by itself, and the drivers it has.
public struct KernelFacts: Sendable, Codable, Equatable {
    public enum Driver: String, Sendable, Codable {
        case missing
        case module
        case builtIn
    }

    /// "6.1.0-56-cloud-amd64".
    public var version: String
    /// Of the boot loader's entry; nil where no entry was found.
    public var commandLine: [String]?
    public var nvme: Driver
    public var ena: Driver
    /// The initramfs that the entry names; nil for none.
    public var initramfs: String?
    /// Whether the initramfs has the NVMe driver; nil where nobody could look.
    public var initramfsHasNVMe: Bool?

    public init(
        version: String, commandLine: [String]?, nvme: Driver, ena: Driver, initramfs: String?, initramfsHasNVMe: Bool?
    ) {
        self.version = version
        self.commandLine = commandLine
        self.nvme = nvme
        self.ena = ena
        self.initramfs = initramfs
        self.initramfsHasNVMe = initramfsHasNVMe
    }

    /// The last value of a parameter: `console=` may be given several times, `root=` only counts once.
    func parameter(_ name: String) -> String? {
        commandLine?.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}

extension KernelFacts.Driver {
    /// - Parameters:
    ///   - builtIn: lines of modules.builtin: `kernel/drivers/nvme/host/nvme.ko`.
    ///   - modules: lines of modules.dep: `kernel/…/ena.ko.xz: kernel/…`.
    init(_ name: String, builtIn: [String], modules: [String]) {
        let isIt = { (path: Substring) in
            path.split(separator: "/").last.map { $0 == "\(name).ko" || $0.hasPrefix("\(name).ko.") } ?? false
        }
        if builtIn.contains(where: { isIt($0[...]) }) {
            self = .builtIn
        } else if modules.contains(where: { isIt($0.prefix { $0 != ":" }) }) {
            self = .module
        } else {
            self = .missing
        }
    }
}
