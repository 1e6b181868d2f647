import Builds
import Failures
import HostSystem
import Store
import SystemPackage

/// What the store knows of images whose disks are in the library.
enum StoredImages {
    /// Marks the images whose disk is gone as DELETED: no list has them any more.
    ///
    /// - Parameter entry: what was removed; a disk that has other names stays, and its images with it.
    static func noteRemoval(of entry: ImageEntry, home: KilnHome) async throws {
        guard !Folders.exists(FilePath(entry.disk)), Folders.exists(home.database) else { return }
        try await KilnStore.using(home.database, account: Account()) { store in
            for image in try await store.images(ofFile: entry.digest) {
                guard let state = image.state.flatMap(Store.ImageState.init), state.canBecome(.deleted) else {
                    continue
                }
                _ = try await store.transition(
                    image.arn, to: .deleted, reason: "Its disk was removed by kiln image rm.")
            }
        }
    }
}
