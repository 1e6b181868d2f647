public import Failures
public import Foundation
public import SystemPackage

/// Kiln's own records as JSON that people can read and compare: keys in order, times in ISO 8601 to the second.
public enum JSONRecord {
    public static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    public static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    /// Writes a record as `DurableFile` does.
    public static func write(
        _ record: some Encodable, to file: FilePath, permissions: UInt32 = 0o644
    ) throws(HostFailure) {
        let data: Data
        do { data = try encoder.encode(record) } catch {
            throw HostFailure(.io, "cannot encode the record \(file): \(error)", cause: error)
        }
        try DurableFile.write(data, to: file, permissions: permissions)
    }

    /// - Returns: nil where there is none, or none that can be read.
    public static func read<Record: Decodable>(_ file: FilePath, as type: Record.Type = Record.self) -> Record? {
        (try? Folders.read(file)).flatMap { try? decoder.decode(type, from: Data($0)) }
    }
}
