public import Disks
public import Foundation
public import HostSystem

/// The states of an image (EC2 Image Builder API, ImageState).
public enum ImageState: String, Sendable, Codable {
    case pending = "PENDING", creating = "CREATING", building = "BUILDING", testing = "TESTING"
    case distributing = "DISTRIBUTING", available = "AVAILABLE", failed = "FAILED", cancelled = "CANCELLED"

    public var isFinal: Bool { [.available, .failed, .cancelled].contains(self) }
}

/// A build as it is kept on disk: written whole after each change, so that a crash leaves the one before or the one after.
public struct BuildRecord: Sendable, Codable {
    /// A finished component: an overlay that does not change any more.
    public struct Layer: Sendable, Codable, Equatable {
        public var component: String
        public var version: String
        /// SHA-256 of the document.
        public var document: String
        /// Its name among the build's overlays; the whole path of one in the store.
        public var overlay: String
        /// SHA-256 of the overlay as it was when the component had finished; nil in records of builds before Kiln kept it,
        /// whose layers are not used again.
        public var digest: String?
        /// Of a layer in the store, which lies there and not among the build's overlays.
        public var ingredients: LayerIngredients?
        /// When the component had finished, and what it was given by this host; nil in records of builds before Kiln kept it.
        public var created: Date?
        public var inputs: [LayerInput]?
        /// The key of the kept boot that it lies on; nil: it lies on what is below.
        public var boot: String?

        /// Why it is not in the store.
        public var obstacle: String?

        var key: String? { ingredients?.key }
    }

    public var id: String
    public var state: ImageState
    public var reason: String?
    public var recipe: String
    public var version: String
    /// SHA-256 of all that decides what the build makes; a build goes on only with the same.
    public var plan: String
    /// The parent's disk as it was: layers on another one would read what they were not made on.
    public var base: FileStamp?
    public var layers: [Layer] = []
    /// What it is built on; nil in records of builds before Kiln kept it.
    public var parent: ParentDisk?
    /// Digest of the image; written before the image gets its name, so that none is there without a build that knows it.
    public var image: String?
    /// What the cleaning found, once there is an image.
    public var finish: FinishReport?
    /// True once the image has passed its tests.
    public var isTested: Bool?
    /// What the tests were given by this host; nil: they did what has to be done each time.
    public var testInputs: [LayerInput]?
    public var started: Date
    public var ended: Date?

    /// What was found in the frozen image, and whether it has an agent of its own.
    public var system: InspectedSystem? { finish?.system }
    public var agent: AgentState? { finish?.agent }

    /// Whether `--resume` can use what there is of it.
    var isResumable: Bool { state == .failed && !layers.isEmpty }
}
