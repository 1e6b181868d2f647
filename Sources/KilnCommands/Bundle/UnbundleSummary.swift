import Builds
import Bundles
import Disks

/// What was found in a bundle, and done with it.
struct UnbundleSummary: Encodable {
    /// verified, extracted, imported
    var did = ""
    var image: BundleIndex.Image
    var members: [BundleIndex.Member]
    /// The trusted key's fingerprint; nil: nobody has signed it, or somebody unknown.
    var signedBy: String?
    var folder: String?
    var imported: ImageEntry?
    private var title: String

    private enum CodingKeys: CodingKey {
        case did, image, members, signedBy, folder, imported
    }

    init(_ reader: BundleReader) {
        (image, members) = (reader.index.image, reader.index.members)
        switch reader.signer {
        case .trusted(let key): (signedBy, title) = (key.fingerprint, "signed by the \(key.title)")
        case .unknown(let key): title = "signed by the \(key), NOT TRUSTED"
        case .nobody: title = "NOT SIGNED"
        }
    }

    var lines: [String] {
        let what = "\(image.name)\(image.version.map { " \($0)" } ?? "") sha256:\(image.digest)"
        let count = "\(members.count) member\(members.count == 1 ? "" : "s")"
        let place =
            imported.map { " as \($0.name), \($0.system?.title ?? "an unknown system")" } ?? folder.map {
                " into \($0)"
            } ?? ""
        let next = imported.map {
            "a recipe may have it as ParentImage: \($0.name); kiln distribute \($0.name) --template FILE makes AMIs of it"
        }
        return ["\(did)\(place): \(what), \(count), \(title)"] + [next].compactMap(\.self)
    }
}
