import Documents
import Failures
import Foundation
import Guests
import SystemPackage

/// Downloads files over HTTP and HTTPS to files, or into folders where the destination ends with "/"; folders are made. Output
/// `destination`: the files' paths, joined by newlines.
enum WebDownload: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        var paths: [String] = []
        for input in inputs {
            paths.append(try await download(input, context).string)
        }
        return ActionOutput([["destination": paths.joined(separator: "\n")]])
    }

    private static func download(
        _ input: ActionInputs, _ context: ActionContext
    ) async throws(ActionFailure) -> FilePath {
        let source = input.text("source")
        guard let url = URL(string: source), ["http", "https"].contains(url.scheme?.lowercased()),
            url.host?.isEmpty == false
        else { throw input.wrong("source", "is \"\(ShownURL.text(source))\", expected an http:// or https:// URL") }
        let path = try self.path(input.text("destination"), url, input, context)
        let overwrite = input.bool("overwrite")
        let ignoring = input.bool("ignoreCertificateErrors")
        let expected = try await checksum(input, context)
        if let old = try await context.information(path, followingLinks: false) {
            guard overwrite else {
                throw ActionFailure(.fileError, "\(path) is there already, and overwrite is false")
            }
            if let expected, old.kind == .file, try await hash(of: path, as: expected.kind, context) == expected.hash {
                await context.note("\(path) is there already, with the same checksum")
                return path
            }
        }
        try await context.withScratchFile { file throws(ActionFailure) in
            try await context.askingOrigins { origins throws(OriginFailure) in
                try await origins.fetch(.web(source, ignoringCertificateErrors: ignoring), to: file)
            }
            if let expected {
                let hash = try await FileDigest.hash(of: file, as: expected.kind)
                guard hash == expected.hash else {
                    throw ActionFailure(
                        .originError,
                        "\(ShownURL.text(source)) has the \(expected.kind.rawValue) checksum \(hash), expected \(expected.hash)"
                    )
                }
            }
            try await context.upload(file, to: path)
        }
        await context.note("downloaded \(ShownURL.text(source)) to \(path)")
        return path
    }

    /// Both have to be there for the file to be checked.
    private static func checksum(
        _ input: ActionInputs, _ context: ActionContext
    ) async throws(ActionFailure) -> (kind: FileDigest.Kind, hash: String)? {
        let hash = input.string("checksum"), name = input.string("algorithm")
        if (hash == nil) != (name == nil) {
            await context.note("\(input.place) not checked, for that both checksum and algorithm are needed")
        }
        guard let name else { return nil }
        guard let kind = FileDigest.Kind(rawValue: name.uppercased()) else {
            let known = FileDigest.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw input.wrong("algorithm", "is \"\(name)\", expected one of \(known)")
        }
        guard let hash else { return nil }
        let digits = hash.lowercased()
        guard digits.utf8.count == kind.digits, digits.allSatisfy(\.isHexDigit) else {
            throw input.wrong(
                "checksum", "is \"\(hash)\", expected \(kind.digits) hexadecimal digits of \(kind.rawValue)")
        }
        return (kind, digits)
    }

    private static func path(
        _ destination: String, _ url: URL, _ input: ActionInputs, _ context: ActionContext
    ) throws(ActionFailure) -> FilePath {
        guard destination.hasSuffix("/") else { return context.path(destination) }
        let name = url.lastPathComponent
        guard !name.isEmpty, name != "/", name != "..", !name.contains("/"), !url.path.isEmpty, !url.hasDirectoryPath
        else {
            throw input.wrong(
                "destination", "is the folder \"\(destination)\", but the URL ends in no name: name the file too")
        }
        return context.path(destination).appending(name)
    }

    private static func hash(
        of path: FilePath, as kind: FileDigest.Kind, _ context: ActionContext
    ) async throws(ActionFailure) -> String {
        try await context.withScratchFile { file throws(ActionFailure) in
            try await context.asking { guest throws(GuestFailure) in
                try await guest.download(path.string, to: file)
            }
            return try await FileDigest.hash(of: file, as: kind)
        }
    }
}
