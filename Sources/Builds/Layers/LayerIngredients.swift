import Crypto
import Disks
import Documents
import Foundation
import HostSystem

/// All that decides what a component makes of what it lies on. Its digest is the layer's key: the same ingredients, the same
/// layer.
public struct LayerIngredients: Sendable, Codable, Equatable {
    /// Raised when Kiln makes something else of the same ingredients: older layers are not found any more.
    static let currentRevision = 1

    var revision = currentRevision
    /// The key of the layer below, or "parent:" and the digest of the parent's disk.
    var below: String
    /// SHA-256 of the component's document.
    var document: String
    /// By name: a keyed digest of the value, which may be a secret.
    var parameters: [String: String]
    /// What the guest is given that a component can see: firmware, processors, memory, …
    var settings: [String: String]

    /// 64 hexadecimal digits.
    var key: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // What has texts and numbers only can be encoded.
        let bytes = (try? encoder.encode(self)) ?? Data()
        return SHA256.hash(data: bytes).hexadecimal
    }

    /// What of these differs from an earlier layer of the same component, a few words; nil where nothing does.
    func difference(from earlier: LayerIngredients) -> String? {
        if revision != earlier.revision { return "another version of Kiln made it" }
        if document != earlier.document { return "its document has changed" }
        if let name = Self.changed(parameters, earlier.parameters) { return "its parameter \(name) has changed" }
        if let name = Self.changed(settings, earlier.settings) { return "the setting \(name) has changed" }
        if below != earlier.below {
            return below.hasPrefix(Self.parentPrefix) || earlier.below.hasPrefix(Self.parentPrefix)
                ? "the parent has changed" : "what it lies on has changed"
        }
        return nil
    }

    static let parentPrefix = "parent:"

    private static func changed(_ now: [String: String], _ earlier: [String: String]) -> String? {
        Set(now.keys).union(earlier.keys).sorted().first { now[$0] != earlier[$0] }
    }
}

extension BuildPlan {
    /// What the layer of each component is made of, the lowest first.
    ///
    /// - Parameter secret: this home's, see `LayerStore.secret`.
    /// - Returns: nil for a component that is never kept, and for all that lie on it: what they read is known to nobody.
    func ingredients(secret: [UInt8]) -> [LayerIngredients?] {
        let key = SymmetricKey(data: secret)
        var below: String? = LayerIngredients.parentPrefix + (parent?.digest ?? "")
        if parent == nil { below = nil }
        return steps.map { step in
            guard let found = below, settings.cache.policy(for: step.name) != .never else {
                below = nil
                return nil
            }
            var parameters: [String: String] = [:]
            for (name, value) in step.parameters {
                let text = Array(name.utf8) + [0] + Array(value.utf8)
                parameters[name] = HMAC<SHA256>.authenticationCode(for: text, using: key).hexadecimal
            }
            // Which of them a step reads may be known only then.
            for (name, stored) in settings.storedParameters {
                let text = Array("ssm \(name)".utf8) + [0] + Array(stored.value.utf8)
                parameters["aws:ssm:\(name)"] = HMAC<SHA256>.authenticationCode(for: text, using: key).hexadecimal
            }
            let layer = LayerIngredients(
                below: found, document: step.digest, parameters: parameters, settings: visibleSettings)
            below = layer.key
            return layer
        }
    }

    private var visibleSettings: [String: String] {
        [
            "firmware": settings.firmware.rawValue, "network": settings.network.rawValue,
            "cpus": "\(settings.cpus)", "memoryMiB": "\(settings.memoryMiB)",
            "workingDirectory": recipe.workingDirectory,
        ].merging(parent.map { BootGround.settings($0, diskGiB) } ?? [:]) { own, _ in own }
    }
}
