import Disks
import Foundation
import Glibc
import HostSystem
import SystemPackage

@testable import Builds

// Keeps layers as builds do, on files that stand for overlays, until it is killed: LayerKeeper DATA LIMIT. Prints the key of each
// that it was told is kept. Above LIMIT bytes, those that were used the longest ago go; without LIMIT, none ever goes.

let arguments = CommandLine.arguments
if arguments[1] == "images" {
    try await ImageMaker(data: FilePath(arguments[2])).run(count: arguments.count > 3 ? Int(arguments[3]) : nil)
    exit(0)
}
let home = KilnHome(data: FilePath(arguments[1]), cache: FilePath(arguments[1]).appending("cache"))
let limit = arguments.count > 2 ? Int64(arguments[2]) : nil
let store = LayerStore(home: home)
_ = try await store.sweep()

var below: (key: String, digest: String)?
while true {
    // Chains of up to five; now and then one is made anew below what lies on it.
    if Int.random(in: 0..<5) == 0 { below = nil }
    let ingredients = LayerIngredients(
        below: below?.key ?? "parent:p", document: "\(Int.random(in: 0..<(limit == nil ? .max : 20)))", parameters: [:],
        settings: [:])
    guard let draft = try await store.draft(ingredients.key) else { continue }
    let overlay = home.data.appending("overlay-\(ProcessInfo.processInfo.processIdentifier)")
    try DurableFile.write((0..<20_000).map { _ in UInt8.random(in: 0...255) }, to: overlay)
    let record = try await store.adopt(
        overlay, as: draft,
        LayerRecord(
            ingredients: ingredients, recipe: "r", component: "c", version: "1", created: Date(), digest: "",
            below: below?.digest ?? "p", inputs: [], seconds: 1))
    say(ingredients.key)
    below = (ingredients.key, record.digest)
    withExtendedLifetime(draft) {}
    if let limit { try await store.fit(limit: limit, free: 0) }
    if store.record(ingredients.key) == nil { below = nil }
}
