import Disks
import HostSystem
import ImageBuilderAPI

/// The packages of this home's images, as builds and imports have left them beside the disks.
struct ServedPackages: PackageSource {
    let home: KilnHome

    func packages(of digest: String) async throws -> [ImagePackage] {
        guard let image = FrozenImage.named(digest, home: home) else { return [] }
        return (PackageList.read(beside: image.disk) ?? []).map { ImagePackage(name: $0.name, version: $0.version) }
    }
}
