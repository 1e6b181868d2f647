import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import ImageBuilderAPI

@Suite("The contract") struct ContractTests {
    @Test("has all operations of the service, each with its shapes, and every shape that is named")
    func isWhole() throws {
        let contract = Contract.current
        #expect(contract.operations.count == 77)
        #expect(contract.errors.count == 20)
        for operation in contract.operations.values {
            #expect(contract.structure(operation.input) != nil, "\(operation.name)")
            #expect(contract.structure(operation.output) != nil, "\(operation.name)")
            #expect(operation.errors.isSubset(of: contract.errors.keys), "\(operation.name)")
        }
        for (name, shape) in contract.shapes {
            let named: [String] =
                switch shape {
                case .structure(let structure): Array(structure.members.values)
                case .list(_, let element): [element]
                case .map(_, let key, let value): [key, value]
                default: []
                }
            for other in named { #expect(contract.shapes[other] != nil, "\(name): \(other)") }
        }
    }

    @Test(
        "is the same as the model that botocore has",
        .enabled(if: FileManager.default.isExecutableFile(atPath: LocalTools.python)))
    func isBotocores() async throws {
        let script = LocalTools.sources.appending("fixtures/contract.py")
        let printed = try await HostCommand(LocalTools.python, [script.string, "--json"]).run()
        #expect(try JSONParser.parse(Array(printed.utf8)) == JSONParser.parse(Array(Contract.source.utf8)))
    }

    @Test("leads each route to its operation")
    func routes() throws {
        let router = Router(Contract.current)
        for operation in Contract.current.operations.values {
            let path = operation.path.replacing("{resourceArn}", with: "arn%3Aaws%3Aa%2Fb")
            let match = router.match(APIRequest(method: operation.method, path: path))
            #expect(match?.operation.name == operation.name)
            #expect(match?.labels == (operation.path.contains("{") ? ["resourceArn": "arn:aws:a/b"] : [:]))
        }
        #expect(router.match(APIRequest(method: "POST", path: "/CreateComponent")) == nil)
        #expect(router.match(APIRequest(method: "PUT", path: "/createcomponent")) == nil)
        #expect(router.match(APIRequest(method: "GET", path: "/tags/")) == nil)
        #expect(router.match(APIRequest(method: "GET", path: "/tags/%ff")) == nil)
    }
}

/// What `make tools` installs, and where the sources are.
enum LocalTools {
    static let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    static let python = sources.appending(".build/tools/bin/python").string
}
