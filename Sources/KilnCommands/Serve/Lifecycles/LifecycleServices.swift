import AWSClient
import Foundation
import HostSystem
import ImageBuilderAPI
import Store
import SystemPackage

/// What `kiln serve` does about things that grow old.
enum LifecycleServices {
    /// Each runs until its task is cancelled.
    ///
    /// - Parameter distributes: whether AMIs may be made, and so unmade.
    static func all(_ store: KilnStore, _ home: KilnHome, distributes: Bool) throws -> [@Sendable () async -> Void] {
        let environment = ProcessInfo.processInfo.environment
        let log: @Sendable (String) -> Void = { Terminal.complain($0) }
        let folder = home.data.appending("serve")
        try Folders.create(folder, permissions: 0o700)
        let holdings = ServedHoldings(
            home: home, touchesAWS: distributes, settings: { try AWSSettings(environment: environment) })
        let runner = LifecycleRunner(
            store: store, holdings: holdings, lock: folder.appending("lifecycles.lock"), log: log)
        let retention = ServedRetention(store: store, home: home, cursors: folder, log: log)
        return [{ await runner.run() }, { await retention.run() }]
    }
}
