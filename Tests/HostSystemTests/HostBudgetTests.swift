import Failures
import Foundation
import HostSystem
import Synchronization
import SystemPackage
import Testing

private final class Notes: Sendable {
    private let notes = Mutex<[String]>([])
    var all: [String] { notes.withLock { $0 } }
    func add(_ note: String) { notes.withLock { $0.append(note) } }
}

@Suite struct HostBudgetTests {
    private func withBudget(
        cpus: Int = 4, memoryMiB: Int = 4096, _ body: (HostBudget, FilePath) async throws -> Void
    ) async throws {
        let root = FilePath("/var/tmp/kiln-budget-\(UUID().uuidString.prefix(8))")
        try Folders.create(root)
        defer { try? Folders.remove(root) }
        let home = KilnHome(data: root, cache: root.appending("cache"))
        try await body(HostBudget(home: home, cpus: cpus, memoryMiB: memoryMiB), root.appending("guests"))
    }

    private func isRefused(_ budget: HostBudget, cpus: Int, memoryMiB: Int) async throws -> Bool {
        do {
            _ = try await budget.share(cpus: cpus, memoryMiB: memoryMiB, limit: .milliseconds(300))
            return false
        } catch {
            #expect(error.code == .busy)
            #expect(error.exitStatus == .unavailable)
            return true
        }
    }

    @Test("Guests get shares while both processors and memory suffice, and again when some are released")
    func fits() async throws {
        try await withBudget { budget, folder in
            let first = try await budget.share(cpus: 2, memoryMiB: 1024)
            let second = try await budget.share(cpus: 1, memoryMiB: 2048)
            #expect(try await isRefused(budget, cpus: 2, memoryMiB: 512), "no processors")
            #expect(try await isRefused(budget, cpus: 1, memoryMiB: 1025), "no memory")
            let third = try await budget.share(cpus: 1, memoryMiB: 1024)
            second.release()
            let fourth = try await budget.share(cpus: 1, memoryMiB: 2048)
            for share in [first, third, fourth] { share.release() }
            #expect(try Folders.names(in: folder) == ["lock"])
        }
    }

    @Test("A guest larger than the budget runs alone")
    func large() async throws {
        try await withBudget { budget, _ in
            let small = try await budget.share(cpus: 1, memoryMiB: 16)
            #expect(try await isRefused(budget, cpus: 64, memoryMiB: 16))
            small.release()
            let large = try await budget.share(cpus: 64, memoryMiB: 1 << 20)
            #expect(try await isRefused(budget, cpus: 1, memoryMiB: 16))
            large.release()
        }
    }

    @Test("Who has waited longest is next: small guests do not pass a large one")
    func order() async throws {
        try await withBudget { budget, folder in
            let running = try await budget.share(cpus: 2, memoryMiB: 16)
            let (told, order) = (Notes(), Notes())
            let large = Task {
                let share = try await budget.share(cpus: 4, memoryMiB: 16) { told.add($0) }
                order.add("large")
                share.release()
            }
            while told.all.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            let small = Task {
                let share = try await budget.share(cpus: 1, memoryMiB: 16)
                order.add("small")
                share.release()
            }
            while try Folders.names(in: folder).count < 4 { try await Task.sleep(for: .milliseconds(10)) }
            try await Task.sleep(for: .milliseconds(500))
            #expect(order.all == [])
            running.release()
            _ = try await (large.value, small.value)
            #expect(order.all == ["large", "small"])
            #expect(told.all == ["waiting for processors and memory: 1 guest have them or come first"])
        }
    }

    @Test("What a process that is gone had, or waited for, is free")
    func gone() async throws {
        try await withBudget { budget, folder in
            try Folders.create(folder)
            for (name, isRunning) in [("1-1", true), ("2-2", false)] {
                let claim = #"{"cpus": 4, "memoryMiB": 16, "isRunning": \#(isRunning)}"#
                try DurableFile.write(Array(claim.utf8), to: folder.appending(name))
            }
            let share = try await budget.share(cpus: 4, memoryMiB: 16, limit: .seconds(5))
            #expect(try Folders.names(in: folder).count == 2)
            share.release()
        }
    }

    @Test("A wait that is cancelled leaves no claim")
    func cancelled() async throws {
        try await withBudget { budget, folder in
            let running = try await budget.share(cpus: 4, memoryMiB: 16)
            let waiting = Task { try await budget.share(cpus: 1, memoryMiB: 16) }
            while try Folders.names(in: folder).count < 3 { try await Task.sleep(for: .milliseconds(10)) }
            waiting.cancel()
            let error = await #expect(throws: HostFailure.self) { try await waiting.value }
            #expect(error?.code == .cancelled)
            #expect(try Folders.names(in: folder).count == 2)
            running.release()
        }
    }
}
