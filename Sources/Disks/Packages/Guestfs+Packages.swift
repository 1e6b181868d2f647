import Failures

extension Guestfs {
    /// The packages of the mounted system; nil where its package manager is another than dpkg and rpm, or cannot be asked:
    /// an image is none the worse for it.
    func packages(of system: InspectedSystem) -> [InstalledPackage]? {
        switch system.packageFormat {
        case "deb": try? DpkgStatus.packages(lines(of: DpkgStatus.file, matching: DpkgStatus.pattern))
        case "rpm": try? RPMQuery.packages(command(RPMQuery.command))
        default: nil
        }
    }
}
