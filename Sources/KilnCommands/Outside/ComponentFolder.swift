import Documents
import Foundation
import HostSystem
import SystemPackage

/// Components that Kiln brings: they do what AWS documents of Amazon's components of the same names, and nothing that needs the
/// internet beyond the package sources of the guest.
enum ComponentFolder {
    /// `$KILN_COMPONENTS`, else beside the image definitions.
    static func find() -> FilePath? {
        if let path = ProcessInfo.processInfo.environment["KILN_COMPONENTS"] { return FilePath(path) }
        return ImageFolder.find()?.removingLastComponent().appending("components")
    }

    /// What stands for a component of Amazon's, in any version.
    static func component(_ arn: ImageBuilderARN) throws -> OutsideResource? {
        guard arn.type == .component, arn.account == "aws", let folder = find() else { return nil }
        let file = folder.appending("\(arn.name).yaml")
        guard Folders.exists(file) else { return nil }
        let text = try SourceText.decode(try Folders.read(file), file: file.string)
        return try OutsideResource(component: arn, .init(text: text, file: file.string))
    }
}
