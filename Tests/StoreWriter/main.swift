import Foundation
import HostSystem
import Store
import SystemPackage

// Writes to a store until it is killed, for tests that do that: StoreWriter DATABASE ROUND. Prints the ARN of what a call
// has made, or of what it has led into another state, once the call has returned. Never print(3), which keeps lines back.

let store = try await KilnStore.open(at: FilePath(CommandLine.arguments[1]))
let round = CommandLine.arguments[2]
let me = ProcessIdentity.current

@Sendable func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

say("open")
try await withThrowingTaskGroup(of: Void.self) { group in
    // Resources.
    group.addTask {
        for number in 0... {
            let document = Data(#"{"data":"\#(String(repeating: "x", count: number * 37 % 5000))"}"#.utf8)
            let made = try await store.create(
                NewResource(
                    .component, name: "round-\(round)", version: ResourceVersion(1, 0, number), document: document,
                    tags: ["round": round]))
            say("made \(made.arn)")
        }
    }
    // Builds, each into its last state.
    group.addTask {
        while true {
            let image = NewResource(
                .image, name: "round-\(round)", version: ResourceVersion(1, 0, 0), document: Data("{}".utf8))
            let build = try await store.enqueue(NewImageBuild(image: image))
            say("PENDING \(build.image)")
            _ = try await store.claim(build.image, by: me, lease: .seconds(60))
            for state in [ImageState.creating, .building, .testing, .available] {
                _ = try await store.transition(build.image, to: state, by: me)
                say("\(state.rawValue) \(build.image)")
            }
        }
    }
    try await group.waitForAll()
}
