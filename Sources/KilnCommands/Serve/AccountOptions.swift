import ArgumentParser
import Documents
import Foundation
import HostSystem
import Store
import SystemPackage

/// Whose resources are: what `kiln.yaml` in this folder says, and flags before it.
struct AccountOptions: ParsableArguments {
    @Option(help: "The region of what is made (default: kiln.yaml's, else us-east-1).")
    var region: String?

    @Option(help: "The account of what is made (default: kiln.yaml's, else 000000000000).")
    var account: String?

    func validate() throws {
        if let account, account.utf8.count != 12 || !account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw ValidationError("--account takes twelve digits, not '\(account)'")
        }
    }

    /// The store of this home.
    func openStore() async throws -> KilnStore {
        let settings = try settings()
        let region = region ?? settings.region
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        return try await KilnStore.open(
            at: home.database,
            account: Account(
                partition: TemplateContext.partition(of: region), region: region,
                account: account ?? settings.account))
    }

    private func settings() throws -> KilnSettings {
        let file = "kiln.yaml"
        guard Folders.exists(FilePath(file)) else { return .defaults }
        var documents = DocumentSet()
        documents.add(bytes: try Folders.read(FilePath(file)), file: file)
        let problems = documents.diagnostics
        guard !problems.contains(where: { $0.severity == .error }) else { throw DocumentFailure(problems) }
        return documents.kilnSettings
    }
}

extension AccountOptions {
    /// Opens the store, and closes it whatever comes of `body`.
    func withStore<Value: Sendable>(_ body: (KilnStore) async throws -> Value) async throws -> Value {
        let store = try await openStore()
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(store)) } catch { outcome = .failure(error) }
        await store.close()
        return try outcome.get()
    }
}
