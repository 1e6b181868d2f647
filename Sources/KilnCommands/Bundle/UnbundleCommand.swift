import ArgumentParser
import Builds
import Bundles
import Documents
import Foundation
import Guests
import HostSystem
import SystemPackage

struct UnbundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unbundle", abstract: "Verifies a bundle, and makes its image a parent that recipes can name.",
        discussion: """
            The signature has to be a trusted key's (`kiln key trust`, or --key); then every byte is compared before anything
            of the bundle is used. A bundle that is not as it was signed leaves nothing behind.

            Examples:
              kiln unbundle web.kiln --verify
              kiln unbundle /media/usb/web.kiln.001
              kiln unbundle web.kiln --name web-base --key alice.pub
              kiln unbundle web.kiln --extract web
            """)

    @Argument(help: "A bundle's file or folder, or the first part of one that was split.", completion: .file())
    var bundle: String

    @Flag(help: "Only verify it.")
    var verify = false

    @Option(help: "Unpack it into this folder, which must not be there, instead of importing the image.")
    var extract: String?

    @Option(help: "The only key whose signature counts: a name of `kiln key ls`, or a public key's file.")
    var key: String?

    @Flag(help: "Use it even if nobody, or somebody unknown, has signed it. Anybody may have made it then.")
    var insecureUnsigned = false

    @Option(help: "The name for the image (default: the image's own).")
    var name: String?

    @Flag(help: "Let the name stand for this image even if it stands for another.")
    var replace = false

    @Flag(help: "What was done as JSON on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func validate() throws {
        if verify, extract != nil { throw ValidationError("choose one of --verify and --extract") }
        if verify || extract != nil, name != nil || replace {
            throw ValidationError(
                "--name and --replace are for an import: leave out \(verify ? "--verify" : "--extract")")
        }
    }

    func run() async throws {
        let view = BuildView(json: false)
        defer { view.close() }
        let trust = BundleTrust(keys: try KeyCommand.store.trustedKeys(key), allowsUnsigned: insecureUnsigned)
        let reader = try await BundleReader.open(FilePath(bundle), trust: trust)
        warn(reader.signer, view)
        let progress: BundleProgress = { view.progress("verify", $0, $1) }
        var summary = UnbundleSummary(reader)
        if verify {
            try await reader.receive(progress: progress)
            summary.did = "verified"
        } else if let extract {
            summary.folder = try await reader.extract(to: FilePath(extract), progress: progress).string
            summary.did = "extracted"
        } else {
            summary.imported = try await adopt(reader, view, progress)
            summary.did = "imported"
        }
        view.close()
        if json { return Terminal.say(try ImageCommand.json(summary)) }
        summary.lines.forEach(Terminal.say)
    }

    private func warn(_ signer: BundleSigner, _ view: BuildView) {
        switch signer {
        case .trusted: break
        case .unknown(let title):
            view.note("warning: signed by the \(title), which is not trusted here: anybody may have made this bundle")
        case .nobody: view.note("warning: not signed: anybody may have made this bundle")
        }
    }

    private func adopt(
        _ reader: BundleReader, _ view: BuildView, _ progress: @escaping BundleProgress
    ) async throws -> ImageEntry {
        let library = ImageLibrary(home: host.home)
        let image = reader.index.image
        let source = FilePath(KilnHome.currentDirectory).pushing(FilePath(bundle)).lexicallyNormalized()
        // Kept where somebody vouches for it: the image may be bundled again, and signed by this home's key then.
        var origin: [String: [UInt8]] = [:]
        if case .trusted = reader.signer { origin = reader.headFiles }
        let record = try await library.adopt(
            as: name ?? Self.name(for: image.name), digest: image.digest, source: source.string, origin: origin,
            taken: try Parents.catalogNames(), replace: replace,
            settings: { host.appliance(try await Acceleration.detect(home: host.home)) }, report: view.note
        ) { disk in
            try await reader.receive(to: { $0.role == .disk ? disk : nil }, progress: progress)
        }
        return try library.find(record.name)
    }

    /// A recipe's name may have what an image's has not.
    private static func name(for name: String) -> String {
        let plain = ImageBuilderARN.resourceName(name).map { character in
            character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
                ? character : "-"
        }
        return String(String(plain).drop { "._-".contains($0) })
    }
}
