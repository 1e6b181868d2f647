import Foundation
import HostSystem
import SystemPackage
import Testing

/// How to make a disk; $1 is its file.
struct DiskRecipe: Sendable, CustomTestStringConvertible {
    var name: String
    var script: String
    var testDescription: String { name }

    static let all = [
        DiskRecipe(name: "never written", script: "qemu-img create -q -f qcow2 $1 10M"),
        DiskRecipe(
            name: "one sector", script: "qemu-img create -q -f qcow2 $1 512; qemu-io -f qcow2 -c 'write -P 1 0 512' $1"),
        DiskRecipe(
            name: "no multiple of a grain or a chunk, data in the last sector",
            script: "qemu-img create -q -f qcow2 $1 34567680; qemu-io -f qcow2 -c 'write -P 9 34567168 512' $1"),
        DiskRecipe(
            name: "full of noise, over the border of a grain table",
            script: "head -c 36700672 /dev/urandom >$1.raw; qemu-img convert -f raw -O qcow2 $1.raw $1; rm $1.raw"),
        DiskRecipe(
            name: "zero clusters and discarded ones",
            script: """
                qemu-img create -q -f qcow2 $1 70M
                qemu-io -f qcow2 -c 'write -P 3 1M 40M' -c 'write -z 2M 3M' -c 'discard 20M 1M' -c 'write -P 0 30M 2M' $1
                """),
        DiskRecipe(
            name: "metadata allocated beforehand",
            script: """
                qemu-img create -q -f qcow2 -o preallocation=metadata $1 20M
                qemu-io -f qcow2 -c 'write -P 4 5M 70k' $1
                """),
        DiskRecipe(
            name: "all allocated beforehand",
            script: """
                qemu-img create -q -f qcow2 -o preallocation=full $1 20M
                qemu-io -f qcow2 -c 'write -P 4 5M 70k' $1
                """),
        DiskRecipe(
            name: "version 2 with clusters of 4 KiB",
            script: """
                qemu-img create -q -f qcow2 -o compat=0.10,cluster_size=4k $1 33M
                qemu-io -f qcow2 -c 'write -P 6 3000k 5k' -c 'write -P 7 32M 1M' $1
                """),
        DiskRecipe(
            name: "clusters of 2 MiB and a snapshot",
            script: """
                qemu-img create -q -f qcow2 -o cluster_size=2M $1 33M
                qemu-io -f qcow2 -c 'write -P 6 3000k 5k' $1
                qemu-img snapshot -c before $1; qemu-io -f qcow2 -c 'write -P 5 3001k 8M' $1
                """),
        DiskRecipe(
            name: "compressed, so read through a copy",
            script: "yes kiln | head -c 5M >$1.raw; qemu-img convert -c -f raw -O qcow2 $1.raw $1; rm $1.raw"),
        DiskRecipe(
            name: "far apart on a large disk",
            script: """
                qemu-img create -q -f qcow2 $1 40G
                qemu-io -f qcow2 -c 'write -P 1 0 64k' -c 'write -P 2 21474836480 64k' -c 'write -P 3 42949541888 64k' $1
                """),
    ]
}

/// Runs a body on the disk, in a folder of its own; another is for what is exported.
func withDisk(_ script: String, _ body: (_ disk: FilePath, _ output: FilePath) async throws -> Void) async throws {
    try await withScratchFolder { folder in
        let disk = folder.appending("disk.qcow2")
        try await HostCommand("sh", ["-euc", script, "sh", disk.string], limit: .seconds(120)).run()
        try await body(disk, folder.appending("output"))
    }
}

/// The size of the disk in an image, as qemu-img sees it.
func virtualSize(_ file: FilePath, format: String? = nil) async throws -> Int? {
    let chosen = format.map { ["-f", $0] } ?? []
    let json = try await HostCommand("qemu-img", ["info", "--output=json"] + chosen + [file.string]).run()
    return (try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])?["virtual-size"] as? Int
}
