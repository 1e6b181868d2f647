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

    /// Uses the store of this home.
    func withStore<Value: Sendable>(_ body: (KilnStore) async throws -> Value) async throws -> Value {
        let settings = try settings()
        let region = region ?? settings.region
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        return try await KilnStore.using(
            home.database,
            account: Account(
                partition: TemplateContext.partition(of: region), region: region,
                account: account ?? settings.account), body)
    }

    func settings() throws -> KilnSettings {
        let file = "kiln.yaml"
        guard Folders.exists(FilePath(file)) else { return .defaults }
        var documents = DocumentSet()
        documents.add(bytes: try Folders.read(FilePath(file)), file: file)
        let problems = documents.diagnostics
        guard !problems.contains(where: { $0.severity == .error }) else { throw DocumentFailure(problems) }
        return documents.kilnSettings
    }
}
