import Guests
import Testing

@testable import Components

@Suite struct PackageManagerTests {
    @Test(
        "A system's own package manager is looked for first",
        arguments: [
            ("ID=debian", PackageManager.apt), ("ID=ubuntu\nID_LIKE=debian", .apt),
            ("NAME=x\nID=\"amzn\"\nID_LIKE=\"fedora\"", .dnf),
            ("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"", .zypper), ("ID=sles", .zypper),
            ("ID=rocky\nID_LIKE='rhel centos fedora'", .dnf),
            ("", .apt),
        ])
    func candidates(release: String, first: PackageManager) {
        let found = PackageManager.candidates(release: release)
        #expect(found.first == first)
        #expect(Set(found) == Set(PackageManager.allCases) && found.count == 4)
    }

    @Test("Updates are read from what each package manager prints")
    func lists() {
        let apt = """
            Reading package lists...
            Inst libc6 [2.36-9] (2.36-10 Debian:12.5/stable [amd64]) []
            Inst linux-image-6.1.0-30 (6.1.124-1 Debian-Security:12/stable-security [amd64])
            Inst bash:i386 [5.2-1] (5.2-2 Debian:12/stable [i386])
            Conf libc6 (2.36-10 Debian:12.5/stable [amd64])
            """
        #expect(PackageManager.apt.packages(in: apt) == ["libc6", "bash:i386"])
        let dnf = """

            bash.x86_64              5.1.8-9.el9     baseos
            python3.11.noarch        3.11.7-1.el9    appstream
            Obsoleting Packages
            new.noarch               1-1             baseos
            """
        #expect(PackageManager.dnf.packages(in: dnf) == ["bash", "python3.11"])
        let zypper = """
            <?xml version='1.0'?><stream><update-status version="0.6"><update-list>
            <update name="bash" kind="package" edition="5" arch="x86_64"><summary>x</summary></update>
            <update kind="patch" name="not-this"/></update-list></update-status></stream>
            """
        #expect(PackageManager.zypper.packages(in: zypper) == ["bash"])
    }

    @Test("Include and exclude choose among the updates, with wildcards")
    func choice() {
        let all = ["a", "ab", "b", "lib:i386", "a"]
        #expect(UpdateOS.choose(all, include: [], exclude: []) == ["a", "ab", "b", "lib:i386"])
        #expect(UpdateOS.choose(all, include: ["a*"], exclude: ["ab"]) == ["a"])
        #expect(UpdateOS.choose(all, include: [], exclude: ["a*"]) == ["b", "lib:i386"])
        #expect(UpdateOS.choose(all, include: ["lib", "none"], exclude: []) == ["lib:i386"])
    }

    @Test("No command asks anything, and names are never options")
    func commands() {
        #expect(PackageManager.apt.install(["--x"]).suffix(2) == ["--", "--x"])
        #expect(PackageManager.zypper.install(["x"]).suffix(2) == ["--", "x"])
        #expect(PackageManager.apt.install(nil).last == "upgrade")
        #expect(PackageManager.apt.environment["DEBIAN_FRONTEND"] == "noninteractive")
        for manager in [PackageManager.dnf, .yum] { #expect(manager.install(nil)[1] == "-y") }
        #expect(PackageManager.zypper.install(nil)[1] == "--non-interactive")
    }

    @Test("Exit codes mean what each manager's manual says")
    func exits() {
        #expect(
            PackageManager.apt.verdict(.exited(100), errors: "E: Could not get lock /var/lib/apt/lists/lock") == .busy)
        #expect(PackageManager.apt.verdict(.exited(100), errors: "E: Unable to fetch") == .failed)
        #expect(PackageManager.dnf.verdict(.exited(100), errors: "", isList: true) == .done)
        #expect(PackageManager.yum.verdict(.exited(100), errors: "") == .failed)
        #expect(PackageManager.zypper.verdict(.exited(102), errors: "") == .done)
        #expect(PackageManager.zypper.verdict(.exited(107), errors: "") == .failed)
        #expect(PackageManager.zypper.verdict(.exited(7), errors: "") == .busy)
        #expect(PackageManager.dnf.verdict(.signalled(9), errors: "") == .failed)
    }
}
