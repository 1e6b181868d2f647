import GRDB

/// The tables, as migrations: one that has been released is never changed, the next change is a new one behind it.
///
/// All tables are STRICT. Times are milliseconds since 1970, documents are JSON in text, flags are 0 or 1.
enum Schema {
    /// "Kiln", in the header of the file (`file` shows it).
    static let applicationID: Int32 = 0x4B69_6C6E

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 resources") { db in try db.execute(sql: resources) }
        migrator.registerMigration("2 builds") { db in try db.execute(sql: builds + workflows) }
        migrator.registerMigration("3 lifecycles and schedules") { db in try db.execute(sql: lifecycles) }
        migrator.registerMigration("4 secrets") { db in try db.execute(sql: secrets) }
        migrator.registerMigration("5 builds by hand") { db in try db.execute(sql: buildsByHand) }
        migrator.registerMigration("6 retention") { db in
            try db.execute(sql: retention + imageFiles + begunLifecycles)
        }
        return migrator
    }
}
