/// Does other things while `body` runs, and ends them with it.
func alongside(_ others: [@Sendable () async -> Void], _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for other in others { group.addTask { await other() } }
        defer { group.cancelAll() }
        try await body()
    }
}
