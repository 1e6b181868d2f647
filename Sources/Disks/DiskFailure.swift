public import Failures

/// What can go wrong with disk images and their contents.
public enum DiskFailureCode: FailureCode {
    /// libguestfs cannot start its appliance.
    case noAppliance
    /// A call of libguestfs failed.
    case guestfs
    /// The file is not a disk image, or is damaged or cut short.
    case notADisk
    /// The image depends on other files, which an imported disk must not.
    case dependsOnOthers
    /// No operating system that Kiln can build on.
    case unsupportedSystem
    /// The host has no guest agent to bring into a guest.
    case noAgent
    /// Another program or build has the disk.
    case inUse
    /// The name is not one for an image, or another image has it.
    case invalidName
    case nameTaken
    case notFound
    /// Files that cleaning lists are still there after it.
    case notClean
    case invalidDefinition
    case commandFailed
    case noSpace
    case cancelled
    case timedOut

    public var exitStatus: ExitStatus {
        switch self {
        case .noAppliance, .noAgent, .noSpace, .inUse: .unavailable
        case .invalidName: .usage
        case .notFound, .notADisk, .dependsOnOthers, .unsupportedSystem, .invalidDefinition: .invalidDocument
        case .cancelled: .interrupted
        default: .failed
        }
    }
}

public typealias DiskFailure = Failure<DiskFailureCode>
