import Documents
import Failures
import Guests
import SystemPackage

/// Uploads a file to an object, or files below a prefix: those that a wildcard names, and with `recurse` folders with all that is in
/// them. What was uploaded before a failure stays.
enum S3Upload: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let destination = try input.s3Address("destination")
            let owner = input.string("expectedBucketOwner")
            for (path, key) in try await plan(input, destination, context) {
                let address = S3Address(bucket: destination.bucket, key: key)
                try await context.withScratchFile { file throws(ActionFailure) in
                    try await context.asking { guest throws(GuestFailure) in
                        try await guest.download(path.string, to: file)
                    }
                    try await context.askingOrigins { origins throws(OriginFailure) in
                        try await origins.store(file, at: address, expectedOwner: owner)
                    }
                }
                await context.note("uploaded \(path) to \(address)")
            }
        }
        return .none
    }

    /// Which file goes to which key.
    private static func plan(
        _ input: ActionInputs, _ destination: S3Address, _ context: ActionContext
    ) async throws(ActionFailure) -> [(path: FilePath, key: String)] {
        let source = try FilePattern(input, "source", in: context)
        let recurse = input.bool("recurse")
        let folder = destination.key.isEmpty || destination.key.hasSuffix("/") ? destination.key : destination.key + "/"
        if source.hasWildcard {
            let files = try await source.matches(.file, in: context)
            var plan = files.map { (path: $0, key: folder + ($0.lastComponent?.string ?? "")) }
            for match in recurse ? try await source.matches(.folder, in: context) : [] {
                plan += try await below(match, folder + (match.lastComponent?.string ?? "") + "/", context)
            }
            guard !plan.isEmpty else {
                throw ActionFailure(.fileError, "no file matches \(source.path), the source of \(input.place)")
            }
            return plan
        }
        guard try await context.isFolder(source.path) else {
            let isPrefix = destination.key.isEmpty || destination.key.hasSuffix("/")
            return [(source.path, isPrefix ? folder + (source.path.lastComponent?.string ?? "") : destination.key)]
        }
        guard recurse else {
            throw input.wrong("source", "is the folder \(source.path): set recurse to true to upload it")
        }
        return try await below(source.path, folder, context)
    }

    private static func below(
        _ path: FilePath, _ prefix: String, _ context: ActionContext
    ) async throws(ActionFailure) -> [(path: FilePath, key: String)] {
        guard case .entries(let entries) = try await context.perform(.list(path, recursive: true)) else { return [] }
        return entries.filter { $0.kind == .file || $0.leadsTo == .file }
            .map { (path: path.pushing($0.path), key: prefix + $0.path.string) }
            .sorted { $0.key < $1.key }
    }
}
