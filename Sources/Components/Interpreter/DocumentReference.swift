import Failures
import Guests
import HostSystem
import SystemPackage

/// Where ExecuteDocument finds a document.
enum DocumentReference: Equatable, CustomStringConvertible {
    /// A file of the guest; its path is absolute.
    case guest(FilePath)
    case s3(S3Address, owner: String?)
    /// A component build version.
    case component(String)

    /// - Throws: `ActionFailure` code `invalidInput`.
    init(_ text: String, owner: String?, in workingDirectory: String) throws(ActionFailure) {
        if text.hasPrefix("arn:") {
            self = .component(text)
        } else if let address = S3Address(text), !address.key.isEmpty {
            self = .s3(address, owner: owner)
        } else if text.isEmpty || text.contains("://") {
            throw ActionFailure(
                .invalidInput, "'\(text)' is no document",
                hint: "a path of the guest, s3://bucket/key, or the ARN of a component's build version")
        } else {
            self = .guest(FilePath(workingDirectory).pushing(FilePath(text)).lexicallyNormalized())
        }
    }

    var description: String {
        switch self {
        case .guest(let path): path.string
        case .s3(let address, _): address.description
        case .component(let arn): arn
        }
    }

    /// For a document that has none of its own.
    var name: String {
        switch self {
        case .guest(let path): path.lastComponent?.string ?? path.string
        case .s3(let address, _): FilePath(address.key).lastComponent?.string ?? address.key
        case .component(let arn):
            arn.split(separator: "/").dropFirst().first.map(String.init) ?? arn
        }
    }
}

extension Interpreter {
    /// The most a document may be long: far more than the service takes.
    private static let documentLimit = 1 << 20

    func load(_ reference: DocumentReference, in context: ActionContext) async throws(ActionFailure) -> String {
        let bytes: [UInt8]
        switch reference {
        case .guest(let path):
            bytes = try await context.asking { (guest) throws(GuestFailure) in
                try await guest.read(path.string, limit: Self.documentLimit)
            }
        case .s3(let address, let owner):
            bytes = try await context.withScratchFile { (file) throws(ActionFailure) in
                try await context.askingOrigins { (origins) throws(OriginFailure) in
                    try await origins.fetch(.s3(address, expectedOwner: owner), to: file)
                }
                return try Self.read(file, of: address)
            }
        case .component(let arn):
            guard let component = environment.component else {
                throw ActionFailure(.originError, "the component \(arn) cannot be looked up in this run")
            }
            do {
                bytes = Array(try await component(arn).utf8)
            } catch {
                throw ActionFailure(.originError, "the component \(arn) cannot be read: \(error)", cause: error)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ActionFailure(.invalidInput, "the document \(reference) is not UTF-8 text")
        }
        return text
    }

    private static func read(_ file: FilePath, of address: S3Address) throws(ActionFailure) -> [UInt8] {
        do {
            let descriptor = try FileDescriptor.open(file, .readOnly)
            return try descriptor.closeAfter {
                try Array(unsafeUninitializedCapacity: documentLimit + 1) { buffer, count in
                    count = 0
                    while count < buffer.count {
                        let more = try descriptor.read(
                            into: UnsafeMutableRawBufferPointer(
                                rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
                        guard more > 0 else { break }
                        count += more
                    }
                }
            }
        } catch {
            throw ActionFailure(.originError, "the document \(address) cannot be read: \(error)", cause: error)
        }
    }
}
