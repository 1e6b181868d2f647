import ArgumentParser
import Builds
import Bundles
import Foundation
import HostSystem
import SystemPackage

struct BundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Packs an image with all that belongs to it, signed, to be carried over by hand.",
        discussion: """
            The bundle has the image's disk, the artifacts that its build has exported, the manifest and the logs, and with
            --document the template with its kiln.yaml and component documents. Values that these mark as secret are
            replaced. All of it is signed: `kiln unbundle` finds any byte that was changed.

            Examples:
              kiln key new
              kiln bundle web/1.2.0 --output web.kiln --document template.yaml
              kiln bundle web --output /media/usb/web.kiln --split 4GB
              kiln bundle rocky-9 --output rocky-9/ --key ~/.ssh/id_ed25519
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case file, directory
    }

    @Argument(help: "A name, NAME/VERSION, or the beginning of a digest.")
    var image: String

    @Option(help: "The file to write; a folder where it ends in a slash.", completion: .file())
    var output: String

    @Option(help: "The key to sign with: a name of `kiln key ls`, or a file (default: the only one).")
    var key: String?

    @Flag(help: "Write it without a signature, to be signed in another way.")
    var unsigned = false

    @Option(help: "Write parts of at most this size, NAME.001 and so on: 4GB, 700MB, 4GiB.")
    var split: ByteSize?

    @Option(help: "What to write: file, directory (default: as --output says).")
    var format: Format?

    @Option(
        name: .customLong("document"),
        help: "The template that the image was built from; kiln.yaml beside it goes with it. May be repeated.",
        completion: .file())
    var documents: [String] = []

    @Option(help: "The pipeline that was run, by logical id or name (default: the only one).")
    var pipeline: String?

    @Flag(help: "Leave out the exported artifacts: they can be exported from the disk again.")
    var noArtifacts = false

    @Flag(help: "What was written as JSON on standard output.")
    var json = false

    @OptionGroup var templateOptions: TemplateOptions

    func validate() throws {
        if unsigned, key != nil { throw ValidationError("--unsigned signs nothing: leave out --key") }
        if split != nil, form == .folder {
            throw ValidationError("a directory is not split: leave out --split, or give --format file")
        }
        if output.isEmpty { throw ValidationError("--output takes the name of a file or a folder") }
    }

    private var form: BundleWriter.Form {
        let isFolder = format.map { $0 == .directory } ?? output.hasSuffix("/")
        return isFolder ? .folder : split.map { .parts($0.bytes) } ?? .file
    }

    func run() async throws {
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        // Before anything that takes long.
        let signer = unsigned ? nil : try KeyCommand.store.signingKey(key)
        let view = BuildView(json: false)
        defer { view.close() }
        var contents = try await BundleContents(try ImageLibrary(home: home).find(image), home: home)
        if noArtifacts { contents.leaveOutArtifacts() }
        if !documents.isEmpty {
            let documents = try await BundleDocuments(documents, templateOptions, pipeline: pipeline)
            try contents.add(documents)
            for path in documents.masked { view.note("secret values in \(path) have been replaced") }
        }
        contents.notes.forEach(view.note)
        let writer = BundleWriter(
            image: contents.image, kilnVersion: KilnVersion.current, items: contents.items, key: signer)
        let result = try await writer.write(to: FilePath(output), as: form) { view.progress("bundle", $0, $1) }
        view.close()
        let summary = BundleSummary(result)
        if json { return Terminal.say(try ImageCommand.json(summary)) }
        summary.lines.forEach(Terminal.say)
    }
}

/// What was written.
private struct BundleSummary: Encodable {
    var image: BundleIndex.Image
    var files: [String]
    var members: [BundleIndex.Member]
    /// Bytes of the members.
    var size: Int64
    /// The key's fingerprint.
    var signedBy: String?
    private var signer: PublicKey?

    private enum CodingKeys: CodingKey {
        case image, files, members, size, signedBy
    }

    init(_ result: BundleWriter.Result) {
        (image, members, size) = (result.index.image, result.index.members, result.size)
        (files, signer, signedBy) = (result.files.map(\.string), result.signer, result.signer?.fingerprint)
    }

    var lines: [String] {
        let by = signer.map { "signed by the \($0.title)" } ?? "not signed"
        return files + [
            "\(image.name)\(image.version.map { " \($0)" } ?? "") sha256:\(image.digest) "
                + "\(members.count) member\(members.count == 1 ? "" : "s"), \(size >> 20) MiB, \(by)"
        ]
    }
}
