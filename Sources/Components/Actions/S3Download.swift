import Documents
import Failures
import Guests
import SystemPackage

/// Downloads an object to a file or into a folder, or all objects that a wildcard names into a folder, below which they keep the rest
/// of their keys. The folder has to be there.
enum S3Download: Action {
    /// The user guide's.
    private static let mostObjects = 1000

    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let source = try input.s3Address("source")
            let destination = input.text("destination")
            let overwrite = input.bool("overwrite")
            let owner = input.string("expectedBucketOwner")
            for (key, path) in try await plan(input, source, destination, owner, context) {
                if !overwrite, try await context.exists(path) {
                    throw ActionFailure(.fileError, "\(path) is there already, and overwrite is false")
                }
                let address = S3Address(bucket: source.bucket, key: key)
                try await context.withScratchFile { file throws(ActionFailure) in
                    try await context.askingOrigins { origins throws(OriginFailure) in
                        try await origins.fetch(.s3(address, expectedOwner: owner), to: file)
                    }
                    try await context.upload(file, to: path)
                }
                await context.note("downloaded \(address) to \(path)")
            }
        }
        return .none
    }

    /// Which key goes to which file.
    private static func plan(
        _ input: ActionInputs, _ source: S3Address, _ destination: String, _ owner: String?, _ context: ActionContext
    ) async throws(ActionFailure) -> [(key: String, path: FilePath)] {
        let path = context.path(destination)
        let isFolder = try await context.isFolder(path)
        guard source.key.contains("*") else {
            guard !source.key.isEmpty, !source.key.hasSuffix("/") else {
                throw input.wrong("source", "is \"\(source)\", which is no object: end it with * for all below it")
            }
            let name = String(source.key.split(separator: "/").last ?? "")
            let file = isFolder || destination.hasSuffix("/") ? path.appending(name) : path
            guard try await context.isFolder(file.removingLastComponent()) else {
                throw ActionFailure(
                    .fileError, "the folder \(file.removingLastComponent()) does not exist in the guest",
                    hint: "create it in an earlier step (CreateFolder)")
            }
            return [(source.key, file)]
        }
        guard isFolder else {
            throw ActionFailure(
                .fileError, "the destination \(path) is no folder of the guest, and the source names several objects",
                hint: "create it in an earlier step (CreateFolder)")
        }
        let prefix = S3Address(bucket: source.bucket, key: String(source.key.prefix { $0 != "*" }))
        let entries = try await context.askingOrigins { origins throws(OriginFailure) in
            // One more than is allowed, and the markers that stand for folders.
            try await origins.list(prefix, limit: 4 * mostObjects, expectedOwner: owner)
        }
        let pattern = Wildcard(source.key)
        let keys = entries.map(\.key).filter { pattern.matches($0) && !$0.hasSuffix("/") }
        guard !keys.isEmpty else { throw ActionFailure(.originError, "no object matches \(source)") }
        guard keys.count <= mostObjects else {
            throw ActionFailure(
                .originError, "more than \(mostObjects) objects match \(source)", hint: "name a longer prefix")
        }
        var plan: [(key: String, path: FilePath)] = []
        for key in keys {
            plan.append((key, path.pushing(FilePath(try relative(key, to: prefix.key)))))
        }
        return plan
    }

    /// What a key is below the folder that its prefix ends in.
    ///
    /// - Throws: `originError` for a key that leads out of the folder.
    static func relative(_ key: String, to prefix: String) throws(ActionFailure) -> String {
        let folder = prefix.lastIndex(of: "/").map { prefix[...$0] } ?? ""
        let components = key.dropFirst(folder.count).split(separator: "/")
        guard !components.isEmpty, !components.contains(".."), !components.contains("."), !key.utf8.contains(0) else {
            throw ActionFailure(
                .originError, "the object \"\(key)\" has a key that cannot be a path below the destination")
        }
        return components.joined(separator: "/")
    }
}

extension ActionInputs {
    /// - Throws: `invalidInput` where it is not "s3://bucket/…".
    func s3Address(_ name: String) throws(ActionFailure) -> S3Address {
        let text = self.text(name)
        guard let address = S3Address(text) else {
            throw wrong(name, "is \"\(text)\", expected s3://bucket/key")
        }
        return address
    }
}
