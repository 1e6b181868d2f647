import Failures
import Glibc

/// What the runner's frames mean for whoever asked.
extension RunnerFrame {
    /// How a program has ended; nil where it is not told as agreed.
    var exit: GuestExit? {
        let words = Self.words(payload)
        guard kind == .exit, words.count == 2 else { return nil }
        return words[0] == 0 ? .exited(Int32(bitPattern: words[1])) : .signalled(Int32(bitPattern: words[1]))
    }

    func unexpected(from guest: String) -> GuestFailure {
        GuestFailure(.protocolError, "the runner in \(guest) sent \(kind) where it has no meaning")
    }

    /// The failure that an ERROR frame tells.
    func refusal(_ action: String, in guest: String) -> GuestFailure {
        let number = Int32(bitPattern: Self.words(Array(payload.prefix(4))).first ?? 0)
        return Self.refusal(number, String(decoding: payload.dropFirst(4), as: UTF8.self), action, in: guest)
    }

    static func refusal(_ number: Int32, _ what: String, _ action: String, in guest: String) -> GuestFailure {
        if number == ENOSPC || number == EDQUOT {
            return GuestFailure(
                .guestDiskFull, "\(action) in \(guest): \(what)",
                hint: "give the image a larger volume (Ebs.VolumeSize in the recipe's BlockDeviceMappings)",
                cause: GuestErrno(number))
        }
        return GuestFailure(.guestError, "\(action) in \(guest): \(what)", cause: GuestErrno(number))
    }
}
