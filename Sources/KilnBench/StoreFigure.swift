import ArgumentParser
import Foundation
import HostSystem
import Store
import SystemPackage

/// Reads of the store by many at once, as fast as they are answered, against Python's sqlite3 module with the same file and
/// the same statements in as many threads: whole lists and documents are read by both.
struct StoreFigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Reads of the store with 10,000 versions, by 50 readers at once.")

    @OptionGroup var options: BenchOptions

    @Option(help: "Stored versions of components.")
    var versions = 10_000

    @Option(help: "Readers at once.")
    var readers = 50

    @Option(help: "Reads of a reader in a run, by turns a get and a list of 25.")
    var reads = 40

    func run() async throws {
        try await BenchFolder.with(options.scratch) { folder in
            let file = folder.appending("kiln.db")
            try await fill(file)
            let machine = try await Machine.describe()
            let (gets, lists) = (Samples(), Samples())
            let opened = ContinuousClock.now
            let store = try await KilnStore.open(at: file)
            let opening = milliseconds(ContinuousClock.now - opened)
            var figure = try await Figure.measure(
                "store", "\(readers) readers, \(readers * reads) reads, \(versions) versions",
                against: "python sqlite3", runs: options.runs
            ) {
                try await read(store, gets, lists)
            } other: {
                _ = try await HostCommand(
                    "python3", ["-c", Self.script, file.string, "\(readers)", "\(reads)", "\(versions)"]
                ).run()
            }
            await store.close()
            for (name, samples) in [("get", gets), ("list of 25", lists)] {
                let all = await samples.all
                figure.milliseconds["\(name), median"] = Figure.percentile(0.5, of: all)
                figure.milliseconds["\(name), 99 of 100"] = Figure.percentile(0.99, of: all)
            }
            figure.milliseconds["open"] = opening
            try BenchReport(machine: machine, figures: [figure]).show(options)
        }
    }

    private func fill(_ file: FilePath) async throws {
        let store = try await KilnStore.open(at: file)
        let data = String(repeating: "      - echo of a component's document\n", count: 50)
        for start in stride(from: 0, to: versions, by: 1000) {
            _ = try await store.apply(
                try (start..<min(start + 1000, versions)).map { number in
                    let members = ["name": "name-\(number / 10)", "platform": "Linux", "data": data]
                    return .create(
                        NewResource(
                            .component, name: "name-\(number / 10)", version: ResourceVersion(1, number % 10, 0),
                            document: try JSONEncoder().encode(members), tags: ["team": "bench"], state: "ACTIVE"))
                })
        }
        await store.close()
    }

    private func read(_ store: KilnStore, _ gets: Samples, _ lists: Samples) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<readers {
                group.addTask {
                    var generator = SystemRandomNumberGenerator()
                    var page: String?
                    var (getTimes, listTimes): ([Double], [Double]) = ([], [])
                    for turn in 0..<reads {
                        let start = ContinuousClock.now
                        if turn.isMultiple(of: 2) {
                            let number = Int.random(in: 0..<versions, using: &generator)
                            let arn = store.account.arn(
                                .component, "name-\(number / 10)", version: ResourceVersion(1, number % 10, 0), build: 1
                            )
                            guard try await store.resource(arn.description) != nil else {
                                throw BenchFailure("\(arn) is not there")
                            }
                            getTimes.append(milliseconds(ContinuousClock.now - start))
                        } else {
                            let found = try await store.list(ResourceQuery(.component, limit: 25, token: page))
                            guard found.items.count == 25 else { throw BenchFailure("reader \(reader): a short page") }
                            page = found.nextToken
                            listTimes.append(milliseconds(ContinuousClock.now - start))
                        }
                    }
                    await gets.add(getTimes)
                    await lists.add(listTimes)
                }
            }
            try await group.waitForAll()
        }
    }

    private static let script = """
        import json, random, sqlite3, sys, threading
        file, readers, reads, versions = sys.argv[1], *map(int, sys.argv[2:])
        def work():
            db = sqlite3.connect(file)
            last = ""
            for turn in range(reads):
                if turn % 2 == 0:
                    number = random.randrange(versions)
                    arn = f"arn:aws:imagebuilder:us-east-1:123456789012:component/name-{number // 10}/1.{number % 10}.0/1"
                    row = db.execute("SELECT * FROM resource WHERE arn = ?", [arn]).fetchone()
                    tags = db.execute("SELECT key, value FROM resource_tag WHERE resource_id = ?", [row[0]]).fetchall()
                else:
                    rows = db.execute("SELECT * FROM resource WHERE kind = 'component' AND owner = 'Self'"
                        " AND is_newest_build = 1 AND base_arn > ? ORDER BY base_arn, major, minor, patch, build LIMIT 25",
                        [last]).fetchall()
                    for row in rows:
                        tags = db.execute("SELECT key, value FROM resource_tag WHERE resource_id = ?", [row[0]]).fetchall()
                    last = rows[-1][2]
        threads = [threading.Thread(target=work) for _ in range(readers)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        """
}

private actor Samples {
    private(set) var all: [Double] = []

    func add(_ more: [Double]) { all += more }
}

private func milliseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1000 + Double(attoseconds) / 1e15
}
