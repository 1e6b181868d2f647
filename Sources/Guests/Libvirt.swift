import CLibvirt
import Glibc

/// The parts of libvirt that are one for the process: its event loop, and its errors.
enum Libvirt {
    /// Starts the event loop's thread, once. Without it no event arrives and the embedded driver does not run.
    static let eventLoop: Void = {
        // Its warnings (a tainted domain, no confinement) are no news to who chose that; LIBVIRT_DEBUG=1 shows them.
        setenv("LIBVIRT_DEBUG", "4", 0)
        virSetErrorFunc(nil) { _, _ in }  // Errors are thrown, not printed.
        virEventRegisterDefaultImpl()
        var thread = pthread_t()
        pthread_create(&thread, nil, { _ in while true { virEventRunDefaultImpl() } }, nil)
        pthread_detach(thread)
    }()

    /// What libvirt said last on this thread.
    static var lastError: String {
        guard let error = virGetLastError(), let message = error.pointee.message else { return "no reason given" }
        return String(cString: message)
    }

    /// The library's version, "9.0.0".
    public static var version: String {
        var number: UInt = 0
        virGetVersion(&number, nil, nil)
        return "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
    }
}

/// A domain as libvirt hands it out; libvirt locks its objects itself, so any thread may call.
struct DomainHandle: @unchecked Sendable {
    let pointer: virDomainPtr
}
