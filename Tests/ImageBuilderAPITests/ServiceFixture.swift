import Foundation
import HostSystem
import Store
import SystemPackage
import Testing

@testable import ImageBuilderAPI

/// The service over a store of its own, asked without a network.
struct ServiceFixture {
    let store: KilnStore
    let service: APIService
    let now: Date

    /// - Returns: the status and the answer's body.
    func ask(
        _ name: String, _ input: JSONValue, signed: Date? = nil
    ) async throws -> (status: Int, error: String?, body: JSONValue) {
        let answer = await service.answer(try request(name, input, at: signed ?? Date()))
        return (answer.status, answer.header("x-amzn-errortype"), try JSONParser.parse(answer.body))
    }

    /// As a client of the contract makes it; what does not fit the contract is sent all the same.
    func request(_ name: String, _ input: JSONValue, at date: Date) throws -> APIRequest {
        let contract = Contract.current
        let operation = try #require(contract.operations[name])
        let shape = try #require(contract.structure(operation.input))
        var (path, query): (String, [(name: String, value: String)]) = (operation.path, [])
        var body = input
        for (member, place) in shape.places {
            guard let value = input[member] else { continue }
            switch place {
            case .uri(let label):
                path = path.replacing("{\(label)}", with: Self.encoded(value.text ?? "-"))
            case .query(let key):
                query += (value.elements ?? [value]).map { (key, $0.text ?? String(decoding: $0.bytes, as: UTF8.self)) }
            case .header: break
            }
        }
        if case .object(let members) = input { body = .object(members.filter { shape.places[$0.key] == nil }) }
        return SignedRequests.sign(
            operation.method, path, query: query,
            body: operation.method == "GET" ? "" : String(decoding: body.bytes, as: UTF8.self), at: date)
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

/// Runs a test with a service that is gone after it.
func withService<Value>(
    documents: any DocumentSource = NoDocuments(), packages: any PackageSource = NoPackages(),
    reachesAWS: Bool = false, secretParameters: Set<String> = [], _ body: (ServiceFixture) async throws -> Value
) async throws -> Value {
    // In memory: whether writes survive is the store's to test.
    let place = Folders.isFolder("/dev/shm") ? "/dev/shm" : "/tmp"
    let folder = FilePath("\(place)/kiln-api-\(UUID().uuidString.prefix(8))")
    defer { try? Folders.remove(folder) }
    let store = try await KilnStore.open(at: folder.appending("kiln.db"), account: Account())
    let service = APIService(
        store: store, keys: FixedKeys(), documents: documents, packages: packages, reachesAWS: reachesAWS,
        secretParameters: secretParameters, rate: 1_000_000)
    let outcome: Result<Value, any Error>
    do {
        outcome = .success(try await body(ServiceFixture(store: store, service: service, now: Date())))
    } catch { outcome = .failure(error) }
    await store.close()
    return try outcome.get()
}
