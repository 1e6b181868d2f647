import CGuestfs
import Failures
import Glibc
import HostSystem
import SystemPackage

/// The programs that libguestfs starts in QEMU's place (`guestfs_set_hv`), by a link in the folder of their session.
///
/// libguestfs keeps its socket below /tmp whatever it is told, and QEMU the file of the appliance's snapshot where TMPDIR says;
/// neither is removed where one is killed at the wrong moment. With these programs both go with the session's folder.
enum ApplianceLauncher {
    /// What each of them begins with. It is run before QEMU is there, so that nothing is without a trace.
    static let prologue = """
        #!/bin/sh
        # Written by Kiln. libguestfs also asks this program what QEMU can do.
        folder=${0%/*}
        for word; do case $word in socket,path=*/guestfsd.sock,*)
          socket=${word#socket,path=}
          printf %s "${socket%%/guestfsd.sock,*}" >"$folder/\(RunFolder.besideName)" ;;
        esac; done
        export TMPDIR="$folder"

        """

    /// QEMU as it is. The file stays the same while QEMU does: libguestfs keeps what it has found out by the program's size
    /// and time.
    ///
    /// - Returns: nil where there is no QEMU, which libguestfs then says better.
    static func plain(_ settings: ApplianceSettings) throws(HostFailure) -> FilePath? {
        guard let qemu = HostCommand.locate(SuspendedAppliance.qemuName) else { return nil }
        let stamp = try FileStamp(of: FilePath(qemu))
        let text = prologue + "# \(stamp.bytes) bytes of \(stamp.modified)\nexec \(ShellWord.quoted(qemu)) \"$@\"\n"
        let file = settings.cache.appending("qemu")
        if let present = try? Folders.read(file), present.elementsEqual(text.utf8) { return file }
        try DurableFile.write(Array(text.utf8), to: file, permissions: 0o755)
        return file
    }
}

extension Guestfs {
    /// Has the appliance started by a program, which finds the session's folder by the link that it is started by.
    func start(by program: FilePath) throws(DiskFailure) {
        let link = folder.appending("qemu")
        unlink(link.string)
        guard symlink(program.string, link.string) == 0 else {
            throw DiskFailure(.guestfs, "cannot make \(link): \(String(cString: strerror(errno)))")
        }
        try run("name its QEMU") { guestfs_set_hv($0, link.string) }
    }
}
