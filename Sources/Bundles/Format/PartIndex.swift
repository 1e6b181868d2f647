import Failures
import Foundation
import HostSystem
import SystemPackage

/// `NAME.parts.json`: the parts that a bundle was split into, signed as the bundle itself is, so that one which is missing,
/// swapped or cut short can be named.
struct PartIndex: Codable, Equatable {
    struct Part: Codable, Equatable {
        /// Of the file, which lies beside.
        var name: String
        /// Bytes.
        var size: Int64
        /// 64 hexadecimal digits.
        var sha256: String
    }

    var format = Self.format
    var formatVersion = 1
    /// The image's name and digest, for people.
    var image: String
    var digest: String
    var parts: [Part]

    private static let format = "kiln-bundle-parts"
    static let ending = ".parts.json"
    /// Three digits.
    static let most = 999

    init(image: BundleIndex.Image, parts: [Part]) {
        (self.image, digest, self.parts) = (image.name, image.digest, parts)
    }

    /// - Parameter number: from 1.
    static func name(of bundle: String, part number: Int) -> String {
        let digits = "\(number)"
        return "\(bundle).\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits)"
    }

    /// "web.kiln" of "web.kiln.001" and of its index's name; nil of what is no part.
    static func bundle(ofPart name: String) -> String? {
        if name.hasSuffix(ending) { return String(name.dropLast(ending.count)) }
        let number = name.suffix(4)
        let isPart =
            name.count > 4 && number.first == "." && number.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
        return isPart ? String(name.dropLast(4)) : nil
    }

    /// - Parameter bundle: the name that the parts have in common.
    init(_ bytes: [UInt8], bundle: String) throws(BundleFailure) {
        do { self = try JSONRecord.decoder.decode(Self.self, from: Data(bytes)) } catch {
            throw BundleFailure(.damaged, "\(bundle)\(Self.ending) is not an index of parts", cause: error)
        }
        let names = (1...max(1, parts.count)).map { Self.name(of: bundle, part: $0) }
        guard format == Self.format, formatVersion == 1, (1...Self.most).contains(parts.count),
            parts.allSatisfy({ BundleIndex.isDigest($0.sha256) && $0.size > 0 && $0.size < 1 << 60 })
        else {
            throw BundleFailure(.damaged, "\(bundle)\(Self.ending) is not an index of parts that this Kiln knows")
        }
        guard parts.map(\.name) == names else {
            throw BundleFailure(
                .damaged,
                "\(bundle)\(Self.ending) is of parts with other names: \(parts[0].name.debugDescription) and so on",
                hint: "give the files their names back")
        }
    }

    var bytes: [UInt8] {
        get throws(BundleFailure) {
            do { return Array(try JSONRecord.encoder.encode(self)) + [UInt8(ascii: "\n")] } catch {
                throw BundleFailure(.failed, "cannot encode the index of the parts: \(error)", cause: error)
            }
        }
    }
}
