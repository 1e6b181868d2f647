import AWSClient

/// The account's tasks, in all regions.
actor ImportTasks {
    private let behaviour: LocalImports.Behaviour
    private let work: ImportWork
    /// In the order they came.
    private var ids: [String] = []
    /// As last shown.
    private var shown: [String: ImportRecord] = [:]
    /// What has come about since.
    private var coming: [String: [ImportRecord]] = [:]
    private var workers: [String: Task<Void, Never>] = [:]
    /// By region, kind and client token.
    private var tokens: [String: String] = [:]

    init(_ behaviour: LocalImports.Behaviour, _ work: ImportWork) {
        self.behaviour = behaviour
        self.work = work
    }

    func begin(_ form: ImportForm, _ kind: ImportRecord.Kind, region: String) throws(LocalImports.Refusal)
        -> ImportRecord
    {
        if let refusal = behaviour.refusal { throw refusal }
        let role = form["RoleName"] ?? "vmimport"
        guard behaviour.roles.contains(role) else {
            throw .init(
                "InvalidParameter",
                "The service role \(role) provided does not exist or does not have sufficient permissions")
        }
        let token = form["ClientToken"].map { "\(region) \(kind) \($0)" }
        if let token, let id = tokens[token], let task = shown[id] {
            guard task.form.wish == form.wish else {
                throw .init(
                    "IdempotentParameterMismatch",
                    "The client token was used before for a request with other parameters")
            }
            return task
        }
        let task = try ImportRecord(form, kind, region: region)
        ids.append(task.id)
        shown[task.id] = task
        if let token { tokens[token] = task.id }
        workers[task.id] = Task { [work] in
            await work.run(task) { [weak self] record in await self?.note(record) ?? false }
        }
        return task
    }

    private func note(_ record: ImportRecord) -> Bool {
        guard case .active = shown[record.id]?.status else { return false }
        coming[record.id, default: []].append(record)
        return true
    }

    /// Each look shows at most one step more than the last, so that whoever looks sees every step.
    func look(_ wanted: [String], _ kind: ImportRecord.Kind, region: String) throws(LocalImports.Refusal)
        -> [ImportRecord]
    {
        for id in wanted { _ = try find(id, region, kind) }
        return ids.compactMap { id in
            guard let task = shown[id], task.kind == kind, task.region == region,
                wanted.isEmpty || wanted.contains(id)
            else { return nil }
            guard let next = coming[id], let first = next.first else { return task }
            coming[id] = Array(next.dropFirst())
            shown[id] = first
            return first
        }
    }

    func cancel(_ id: String, region: String) async throws(LocalImports.Refusal) -> (before: String, after: String) {
        var task = try find(id, region)
        guard case .active = task.status else {
            throw .init("IncorrectState", "The task \(id) is \(task.status.word) and cannot be cancelled")
        }
        let before = task.status.word
        // The worker may have come to its end unseen: what it made goes, as with EC2.
        task = coming[id]?.last ?? task
        workers[id]?.cancel()
        task.status = .deleted("User cancelled the task")
        shown[id] = task
        coming[id] = nil
        await workers[id]?.value
        await work.remove(&task)
        shown[id] = task
        return (before, "deleted")
    }

    private func find(_ id: String, _ region: String, _ kind: ImportRecord.Kind? = nil) throws(LocalImports.Refusal)
        -> ImportRecord
    {
        guard let task = shown[id], task.region == region, kind == nil || task.kind == kind else {
            throw .init("InvalidConversionTaskId.NotFound", "The import task '\(id)' does not exist")
        }
        return task
    }

    func end() async {
        for worker in workers.values { worker.cancel() }
        for worker in workers.values { await worker.value }
    }
}
