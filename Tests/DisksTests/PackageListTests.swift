import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Disks

@Suite struct PackageListTests {
    @Test("Of dpkg's packages those count that are installed, whatever lies between their fields")
    func dpkg() {
        let text = """
            Package: zlib1g
            Status: install ok installed
            Architecture: amd64
            Version: 1:1.2.13.dfsg-1
            Description: compression
             Package: of none
             Version: 0

            Package: removed
            Status: deinstall ok config-files
            Version: 2.0

            Package: half
            Status: install reinstreq half-installed
            Version: 3.0

            Package: noversion
            Status: install ok not-installed

            Package: libc6
            Status: hold ok installed
            Version: 2.36-9
            Architecture: amd64

            Package: libc6
            Version: 2.36-9
            Status: install ok installed
            Architecture: i386
            """
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let wanted = [InstalledPackage("libc6", "2.36-9"), InstalledPackage("zlib1g", "1:1.2.13.dfsg-1")]
        #expect(DpkgStatus.packages(lines) == wanted)
        // As grep finds them.
        let few = lines.filter { $0.contains(#/^(Package|Status|Version): /#) }
        #expect(few.count == 17 && DpkgStatus.packages(few) == wanted)
        #expect(DpkgStatus.packages([String]()) == [])
    }

    @Test("rpm's packages have their epochs, as rpm writes versions, and the keys among them are none")
    func rpm() {
        let text =
            "bash\t(none)\t5.1.8-9.el9\nopenssl\t1\t3.2.2-6.el9\ngpg-pubkey\t(none)\t1-2\nold\t0\t1-1\nnot a line\n"
        #expect(
            RPMQuery.packages(text) == [
                InstalledPackage("bash", "5.1.8-9.el9"), InstalledPackage("old", "1-1"),
                InstalledPackage("openssl", "1:3.2.2-6.el9"),
            ])
    }

    @Test("A list lies beside its disk, and what tells of the disk is kept without it")
    func kept() async throws {
        try await Scratch.with { scratch in
            let disk = scratch.path("disk.qcow2")
            #expect(PackageList.read(beside: disk) == nil)
            let packages = [InstalledPackage("a", "1"), InstalledPackage("b", "2")]
            try PackageList.write(packages, beside: disk)
            #expect(PackageList.read(beside: disk) == packages)
            let system = InspectedSystem(
                kind: "linux", distribution: "debian", majorVersion: 12, minorVersion: 0, productName: "12",
                architecture: "x86_64", packageFormat: "deb")
            let report = FinishReport(system: system, agent: .usable, cleaned: 1, skipped: [], packages: packages)
            let data = try JSONRecord.encoder.encode(report)
            #expect(!String(decoding: data, as: UTF8.self).contains("packages"))
            #expect(try JSONRecord.decoder.decode(FinishReport.self, from: data).packages == nil)
        }
    }
}
