import Distributing
import Foundation
import HostSystem
import Store

/// What `kiln build --json` says at its end of an image that is there.
struct ExecutionResult: Decodable {
    var event: String
    var build: String
    var name: String
    var version: String
    /// SHA-256.
    var image: String
    var distribution: DistributionReport?

    /// The image's document with what has come of it: the AMIs where it was distributed, else what is on this machine.
    func document(_ image: StoredResource, account: Account) -> Data? {
        guard var members = (try? JSONSerialization.jsonObject(with: image.document)) as? [String: Any] else {
            return nil
        }
        members["outputResources"] = ["amis": amis(of: image, account)]
        // Of no shape of the service: for `kiln`, and for recipes that have it as their parent.
        let own = members["kiln"] as? [String: Any] ?? [:]
        members["kiln"] = own.merging(["build": build, "image": self.image]) { $1 }
        return try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys, .withoutEscapingSlashes])
    }

    private func amis(of image: StoredResource, _ account: Account) -> [[String: Any]] {
        let regions = distribution?.regions.filter { $0.image != nil } ?? []
        guard !regions.isEmpty else {
            return [
                [
                    "region": account.region, "image": "sha256:\(self.image)", "name": "\(name)/\(version)",
                    "description": "on this machine: kiln image show \(self.image.prefix(12))",
                    "accountId": account.account, "state": ["status": "AVAILABLE"],
                ]
            ]
        }
        return regions.flatMap { region in
            var ami: [String: Any] = ["region": region.region, "state": ["status": region.state.rawValue]]
            ami["image"] = region.image
            ami["name"] = region.name
            ami["accountId"] = distribution?.account ?? account.account
            return [ami]
                + region.copies.map { copy in
                    ami.merging(["accountId": copy.account, "image": copy.image]) { $1 }
                }
        }
    }
}

extension ExecutionResult {
    /// Nil for a line that says something else.
    init?(line: [UInt8]) {
        guard let found = try? JSONDecoder().decode(Self.self, from: Data(line)), found.event == "finished" else {
            return nil
        }
        self = found
    }
}
