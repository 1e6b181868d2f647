import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Store

/// A folder that is gone after the test.
func withScratchFolder<T>(_ body: (FilePath) async throws -> T) async throws -> T {
    let folder = FilePath("/tmp/kiln-store-\(getpid())-\(UInt64.random(in: 0 ..< .max))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    return try await body(folder)
}

/// A store in a folder of its own, whose clock the test moves.
func withStore<T>(_ body: (KilnStore, ManualClock) async throws -> T) async throws -> T {
    try await withScratchFolder { folder in
        let clock = ManualClock()
        let store = try await KilnStore.open(at: folder.appending("kiln.db"), clock: { clock.now })
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(store, clock)) } catch { outcome = .failure(error) }
        await store.close()
        return try outcome.get()
    }
}

final class ManualClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { time.withLock { $0 } }
    func advance(by seconds: Double) { time.withLock { $0 = $0.addingTimeInterval(seconds) } }
}

/// Expects a failure of the store, by its code.
func expect(
    _ code: StoreFailureCode, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> some Sendable
) async {
    do {
        _ = try await body()
        Issue.record("nothing failed, expected \(code)", sourceLocation: location)
    } catch let failure as StoreFailure {
        #expect(failure.code == code, "\(failure)", sourceLocation: location)
    } catch {
        Issue.record("expected \(code): \(error)", sourceLocation: location)
    }
}

extension NewResource {
    static func component(
        _ name: String, _ version: String = "1.0.0", _ members: [String: Any] = [:], tags: [String: String] = [:],
        state: String? = "ACTIVE"
    ) -> NewResource {
        NewResource(
            .component, name: name, version: ResourceVersion(version),
            document: json(["name": name, "platform": "Linux", "data": "…"].merging(members) { $1 }), tags: tags,
            state: state)
    }

    static func recipe(_ name: String, _ version: String = "1.0.0", of references: [String]) -> NewResource {
        NewResource(
            .imageRecipe, name: name, version: ResourceVersion(version), document: json(["name": name]),
            references: references)
    }

    static func pipeline(_ name: String, of references: [String] = []) -> NewResource {
        NewResource(
            .imagePipeline, name: name, document: json(["name": name]), references: references, state: "ENABLED")
    }

    static func image(_ name: String, _ version: String = "1.0.0", state: String? = nil) -> NewResource {
        NewResource(.image, name: name, version: ResourceVersion(version), document: json(["name": name]), state: state)
    }
}

func json(_ members: [String: Any]) -> Data {
    (try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys])) ?? Data()
}

/// "arn:…:123456789012:" and the rest.
func arn(_ rest: String, account: String = "123456789012") -> String {
    "arn:aws:imagebuilder:us-east-1:\(account):\(rest)"
}
