import Foundation
import HostSystem

/// A layer as the store knows it, `layer.json` beside its disk. It is written last: a layer without it was never finished.
struct LayerRecord: Sendable, Codable, Equatable {
    var ingredients: LayerIngredients
    /// Of the recipe whose build made it, and the component.
    var recipe: String
    var component: String
    var version: String
    var created: Date
    /// SHA-256 of the overlay as it was when the component had finished, 64 hexadecimal digits.
    var digest: String
    /// The same of the file that it reads from: the lower layer's, the parent's disk, or that of a kept boot.
    var below: String
    /// The key of the kept boot that the component's guest was made from: its disk lies between the layer and the one below.
    var boot: String?
    /// Of a layer that is a boot.
    var booted: KeptBoot?
    /// What the component was given through the host.
    var inputs: [LayerInput]
    /// What the component took, in seconds.
    var seconds: Double

    var key: String { ingredients.key }

    /// What its file reads from: the key of a layer or of a boot, or the parent.
    var support: String { boot ?? ingredients.below }

    /// Whether it is too old by the settings; one from the future was made by a clock that was wrong then, or is now.
    static func isExpired(_ created: Date, after limit: Duration?, now: Date = Date()) -> Bool {
        guard let limit else { return false }
        let age = now.timeIntervalSince(created)
        return age < 0 || age > limit.seconds
    }
}
