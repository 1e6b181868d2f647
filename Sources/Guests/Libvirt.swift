import CLibvirt
import Glibc

/// The parts of libvirt that are one for the process: its event loop, and its errors.
enum Libvirt {
    /// Starts the event loop's thread, once. Without it no event arrives and the embedded driver does not run.
    static let eventLoop: Void = {
        quieten()
        virSetErrorFunc(nil) { _, _ in }  // Errors are thrown, not printed.
        virEventRegisterDefaultImpl()
        var thread = pthread_t()
        pthread_create(&thread, nil, { _ in while true { virEventRunDefaultImpl() } }, nil)
        pthread_detach(thread)
    }()

    /// Its warnings (a tainted domain, no confinement) are no news to who chose that, and would run through the status
    /// line; LIBVIRT_DEBUG or LIBVIRT_LOG_OUTPUTS in the environment show them.
    ///
    /// Setting these here would be too late: libguestfs initialises libvirt when it is loaded. The function that can
    /// still be called is none of libvirt's public ones, so a libvirt without it just goes on talking.
    private static func quieten() {
        let chosen = ["LIBVIRT_DEBUG", "LIBVIRT_LOG_OUTPUTS", "LIBVIRT_LOG_FILTERS"]
        guard chosen.allSatisfy({ getenv($0) == nil }) else { return }
        guard let symbol = dlsym(nil, "virLogSetDefaultPriority") else { return }
        let setPriority = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
        _ = setPriority(4)  // VIR_LOG_ERROR
    }

    /// What libvirt said last on this thread.
    static var lastError: String {
        guard let error = virGetLastError(), let message = error.pointee.message else { return "no reason given" }
        return String(cString: message)
    }

    /// The domain's id for ever, 36 characters; empty where libvirt has none.
    static func uuid(of domain: virDomainPtr) -> String {
        var buffer = [CChar](repeating: 0, count: Int(VIR_UUID_STRING_BUFLEN))
        guard virDomainGetUUIDString(domain, &buffer) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
