import Disks
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// Booted guests in the store. Each boot is a layer of its own, also of the same ingredients: components lie on one.
extension LayerStore {
    /// The newest boot of these ingredients that is whole. Those that are damaged go.
    func boot(_ wanted: LayerIngredients, on ground: BootGround) async throws -> HeldBoot? {
        let found = try all().filter { $0.booted?.wanted == wanted.key }.sorted { $0.created > $1.created }
        var damaged: [String] = []
        for record in found {
            // Its lock goes with this turn of the loop, and so does what is in the way of dropping it.
            guard let (record, lock) = try await hold(record.key), let boot = record.booted else { continue }
            let place = place(record.key)
            let memory = BootMemory(in: place)
            async let digest = Self.digest(place.memory)
            async let isExpanded = Self.isExpanded(memory, place)
            let isWhole = try await self.isWhole(record, on: (ground.disk, ground.digest))
            let held = held(record, boot, memory, lock)
            if await digest == boot.memoryDigest, await isExpanded, isWhole { return held }
            // A look that was cut short says nothing of the file.
            try Task.checkCancellation()
            try await forget(held)
            if !isWhole { damaged.append(record.key) }
        }
        for key in damaged { try await drop(key) }
        return nil
    }

    private static func compressed(_ memory: BootMemory, _ place: Place) async -> String? {
        do {
            try await memory.compress(to: place.memory)
            return try await offPool { () throws(HostFailure) in
                try DurableFile.sync(place.memory)
                return try FileDigest.sha256(place.memory).digest
            }
        } catch {
            try? Folders.remove(place.memory)
            return nil
        }
    }

    private static func isExpanded(_ memory: BootMemory, _ place: Place) async -> Bool {
        (try? await memory.expand(from: place.memory)) != nil
    }

    private func held(
        _ record: LayerRecord, _ boot: KeptBoot, _ memory: BootMemory, _ lock: FileLock
    ) -> HeldBoot {
        var snapshot = boot.snapshot
        (snapshot.memory, snapshot.disk) = (memory.file.string, place(record.key).disk.string)
        return HeldBoot(record: record, snapshot: snapshot, memory: memory, lock: lock)
    }

    private static func digest(_ file: FilePath) async -> String? {
        await offPool { try? FileDigest.sha256(file).digest }
    }

    /// Whether a layer's file is what was kept, on what it was made on; what lies below is known to be whole.
    func isWhole(_ record: LayerRecord, on below: (disk: FilePath, digest: String)) async throws -> Bool {
        let disk = place(record.key).disk
        guard record.below == below.digest else { return false }
        let backing = try? await QemuImage.information(disk).backingFile
        // A look that was cut short says nothing of the file.
        try Task.checkCancellation()
        guard backing == below.disk.string else { return false }
        return await Self.digest(disk) == record.digest
    }

    /// Ends a guest that has booted, and keeps what it was.
    ///
    /// - Parameter recipe: whose guest it is, for people.
    /// - Returns: what copies are made of, and the rest of the work, which needs no guest: only then it is there for others.
    func keep(
        _ guest: RunningGuest, as wanted: LayerIngredients, on ground: BootGround, recipe: String
    ) async throws -> (snapshot: GuestSnapshot, held: Task<HeldBoot, any Error>) {
        var ingredients = wanted
        ingredients.settings["instance"] = UUID().uuidString
        guard let draft = try await draft(ingredients.key) else {
            throw BuildFailure(.unavailable, "another kiln process has \(place(ingredients.key).folder)")
        }
        let (booted, place) = (guest.disk, draft.place)
        let memory = BootMemory(in: place)
        let start = ContinuousClock.now
        var snapshot = try await guest.suspend(to: memory.file, settling: .seconds(60))
        try await locked("keeping a booted guest") { try DurableFile.rename(booted, to: place.disk) }
        snapshot.disk = place.disk.string
        let record = LayerRecord(
            ingredients: ingredients, recipe: recipe, component: "", version: "", created: Date(), digest: "",
            below: ground.digest, inputs: [], seconds: (ContinuousClock.now - start).seconds)
        let kept = KeptBoot(wanted: wanted.key, snapshot: snapshot, memoryDigest: "")
        return (snapshot, Task { try await adopt(record, kept, memory, draft) })
    }

    private func adopt(
        _ unfinished: LayerRecord, _ boot: KeptBoot, _ memory: BootMemory, _ draft: Draft
    ) async throws -> HeldBoot {
        let place = draft.place
        var record = unfinished
        record.digest = try await offPool {
            try DurableFile.sync(place.disk)
            return try FileDigest.sha256(place.disk).digest
        }
        // Without its RAM (no room for it, say) it is still the disk that layers lie on.
        if let digest = await Self.compressed(memory, place) {
            record.booted = KeptBoot(wanted: boot.wanted, snapshot: boot.snapshot, memoryDigest: digest)
        }
        try await finish(record, draft)
        return held(record, boot, memory, draft.lock)
    }
}
