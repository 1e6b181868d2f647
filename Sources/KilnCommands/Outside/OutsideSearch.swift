import Documents
import Failures
import Foundation
import HostSystem
import Store
import Synchronization

/// Looks on this machine for what documents name by ARN and do not hold. In this order: documents that `components` of the
/// settings names, what is registered in this home, and what Kiln brings in the place of Amazon's components.
struct OutsideSearch {
    typealias Load = @Sendable (_ uri: String, _ beside: String) throws -> TemplateContext.LoadedDocument

    let files: [KilnSettings.ComponentFile]
    let home: KilnHome
    /// Reads a document that a file names.
    let load: Load
    /// What Kiln's own components stand for.
    private(set) var standIns: [ImageBuilderARN] = []
    private var sought: Set<ImageBuilderARN> = []

    init(
        _ documents: DocumentSet, home: KilnHome = KilnHome(environment: ProcessInfo.processInfo.environment),
        load: @escaping Load = { try TemplateOptions.loader(beside: $1)($0) }
    ) {
        files = documents.componentFiles
        self.home = home
        self.load = load
    }

    /// What the documents make, with all that they name and that is here: until there is nothing new, since what is found names
    /// others.
    ///
    /// - Parameter context: gets what was found.
    mutating func resolve<Value>(
        _ context: inout TemplateContext, _ body: (TemplateContext) throws(DocumentFailure) -> Value
    ) async throws -> Value {
        while true {
            let open = OpenReferences()
            context.isKnown = { open.add($0) }
            let result: Result<Value, DocumentFailure>
            do throws(DocumentFailure) { result = .success(try body(context)) } catch { result = .failure(error) }
            context.isKnown = { _ in false }
            let new = open.all.subtracting(sought).sorted { $0.description < $1.description }
            sought.formUnion(new)
            var known = Set(context.outside.map(\.arn))
            let found = try await find(new, context).filter { known.insert($0.arn).inserted }
            guard !found.isEmpty else { return try result.get() }
            context.outside += found
        }
    }

    /// A component that is not registered: of the settings', or Kiln's own.
    func component(_ arn: ImageBuilderARN) throws -> OutsideResource? {
        try named(arn) ?? ComponentFolder.component(arn)
    }

    private mutating func find(
        _ references: [ImageBuilderARN], _ context: TemplateContext
    ) async throws -> [OutsideResource] {
        var found: [OutsideResource] = []
        var others: [ImageBuilderARN] = []
        for arn in references {
            if let resource = try named(arn) { found.append(resource) } else { others.append(arn) }
        }
        let registered = try await registered(others, context)
        for arn in others {
            if let resource = registered[arn] {
                found.append(resource)
            } else if let resource = try ComponentFolder.component(arn) {
                found.append(resource)
                standIns.append(resource.arn)
            }
        }
        return found
    }

    /// What the settings name; of several documents the newest.
    private func named(_ arn: ImageBuilderARN) throws -> OutsideResource? {
        var newest: (version: SemanticVersion, place: Positioned<String>)?
        for file in files {
            guard let version = file.pattern.version(for: arn), newest.map({ $0.version < version }) ?? true else {
                continue
            }
            newest = (version, file.file)
        }
        guard let (version, place) = newest else { return nil }
        do {
            return try OutsideResource(
                component: arn.at(version), try load(place.value, place.position.file))
        } catch let failure as DocumentFailure {
            throw failure
        } catch is TemplateContext.UnreachableDocument {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: place.position, "the document of the component '\(arn)' is not on this machine",
                    hint: "save it beside the file that names it, and give its path")
            ])
        } catch {
            let why = (error as? any ReportableError)?.message ?? "\(error)"
            throw DocumentFailure([
                Diagnostic(
                    .error, at: place.position, "the document of the component '\(arn)' cannot be read: \(why)",
                    hint: "it is relative to the file that names it")
            ])
        }
    }

    /// A store that cannot be used has nothing, which is said.
    private func registered(
        _ references: [ImageBuilderARN], _ context: TemplateContext
    ) async throws -> [ImageBuilderARN: OutsideResource] {
        guard !references.isEmpty, Folders.exists(home.database) else { return [:] }
        let account = Account(partition: context.partition, region: context.region, account: context.accountID)
        do {
            return try await KilnStore.using(home.database, account: account) { store in
                var found: [ImageBuilderARN: OutsideResource] = [:]
                for arn in references {
                    guard let stored = try await store.resolve(arn.description) else { continue }
                    found[arn] = try await StoredInput(store: store, home: home).outside(stored)
                }
                return found
            }
        } catch let failure as StoreFailure {
            Terminal.complain("kiln: what is registered in this home cannot be read: \(failure.message)")
            return [:]
        }
    }
}

/// The ARNs that led nowhere while documents were resolved.
private final class OpenReferences: Sendable {
    private let references = Mutex<Set<ImageBuilderARN>>([])

    var all: Set<ImageBuilderARN> { references.withLock { $0 } }

    /// - Returns: that there is no such resource, as far as is known.
    func add(_ arn: ImageBuilderARN) -> Bool {
        references.withLock { _ = $0.insert(arn) }
        return false
    }
}

extension ImageBuilderARN {
    fileprivate func at(_ version: SemanticVersion) -> ImageBuilderARN {
        ImageBuilderARN(
            partition: partition, region: region, account: account, type: type, name: name,
            version: VersionPattern(version), build: build)
    }
}
