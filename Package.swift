// swift-tools-version: 6.2
import PackageDescription

/// Every target is checked the same way: Swift 6 language mode, imports spelled out, existentials marked.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A module of Kiln: a folder of the same name under Sources/. Dependencies point down this file only.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], plugins: [Target.PluginUsage]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings, plugins: plugins)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "kiln",
    products: [.executable(name: "kiln", targets: ["kiln"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/CoreOffice/XMLCoder", from: "0.18.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Without its traits: no configuration files, no Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C libraries, from Debian's -dev packages.
        .systemLibrary(name: "CLibvirt", pkgConfig: "libvirt-qemu", providers: [.apt(["libvirt-dev"])]),
        .systemLibrary(name: "CGuestfs", pkgConfig: "libguestfs", providers: [.apt(["libguestfs-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Leaves: errors, and what the host's operating system gives.
        module("Failures"),
        module(
            "HostSystem",
            [
                "Failures",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),

        // How Image Builder calls things.
        module("ResourceNames"),

        // The parts, each usable alone.
        // When pipelines run: cron and rate expressions.
        module("Scheduling", ["Failures"]),
        module("Documents", ["Failures", "ResourceNames", .product(name: "Yams", package: "Yams")]),
        // What is known of resources, builds and their steps, in SQLite.
        module(
            "Store",
            [
                "Failures", "HostSystem", "ResourceNames",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        module(
            "Guests",
            [
                "CLibvirt", "Failures", "HostSystem", .product(name: "Crypto", package: "swift-crypto"),
            ], plugins: ["EmbedGuestRunner"]),
        module(
            "Disks",
            [
                "CGuestfs", "Failures", "HostSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ]),
        module(
            "Components",
            [
                "Documents", "Failures", "Guests", "HostSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        module(
            "AWSClient",
            [
                "Failures", "HostSystem",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "XMLCoder", package: "XMLCoder"),
            ]),
        module(
            "Exporting",
            [
                "CDeflate", "CZlib", "Failures", "HostSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // From an image to AMIs in regions and accounts.
        module(
            "Distributing",
            [
                "AWSClient", "Disks", "Documents", "Exporting", "Failures", "HostSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // Images carried over by hand, signed.
        module(
            "Bundles",
            [
                "CSodium", "Failures", "HostSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // What guests are given from S3 and the web.
        module(
            "Origins",
            [
                "AWSClient", "Components", "Failures", "HostSystem",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        module(
            "Builds",
            [
                "Components", "Disks", "Documents", "Failures", "Guests", "HostSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // EC2 Image Builder's API, answered here.
        module(
            "ImageBuilderAPI",
            [
                "AWSClient", "Documents", "Failures", "HostSystem", "Scheduling", "Store",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),

        // The command line.
        module(
            "KilnCommands",
            [
                "AWSClient", "Builds", "Bundles", "Components", "Disks", "Distributing", "Documents", "Exporting",
                "Failures",
                "Guests", "HostSystem", "ImageBuilderAPI", "Origins", "Store",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .executableTarget(name: "kiln", dependencies: ["KilnCommands"], swiftSettings: settings),

        // Changes documents at random and reads them (make fuzz).
        .executableTarget(name: "KilnFuzz", dependencies: ["Documents", "SeededNumbers"], swiftSettings: settings),

        // Random numbers that come again, for tests and make fuzz.
        .target(name: "SeededNumbers", path: "Tests/SeededNumbers", swiftSettings: settings),

        // The program that runs inside guests is C, static, and carried inside `Guests` as text.
        .plugin(name: "EmbedGuestRunner", capability: .buildTool()),

        // A real S3 server on loopback, for tests and benchmarks.
        .target(
            name: "LocalS3",
            dependencies: [
                "AWSClient", "Failures", "HostSystem", .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/LocalS3", swiftSettings: settings),

        // A relay that spoils what a test tells it to.
        .target(
            name: "FaultProxy",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Tests/FaultProxy", swiftSettings: settings),

        // A server on loopback that speaks EC2, EBS, SSM, STS and KMS, for tests.
        .target(
            name: "LocalMoto",
            dependencies: [
                "AWSClient", "Failures", "HostSystem", "LocalS3",
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/LocalMoto", exclude: ["server.py"], swiftSettings: settings),

        // The imports that moto lacks, in front of it, for tests.
        .target(
            name: "LocalImports",
            dependencies: [
                "AWSClient", "Failures", "HostSystem", "LocalMoto", "LocalS3",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/LocalImports", swiftSettings: settings),

        // A program that sends blocks, to be killed by a test.
        .executableTarget(
            name: "BlockUploader",
            dependencies: ["AWSClient", "LocalMoto", .product(name: "SystemPackage", package: "swift-system")],
            path: "Tests/BlockUploader", swiftSettings: settings),

        // A program that keeps layers, to be killed by a test.
        .executableTarget(
            name: "LayerKeeper",
            dependencies: [
                "Builds", "Disks", "HostSystem", .product(name: "SystemPackage", package: "swift-system"),
            ], path: "Tests/LayerKeeper", swiftSettings: settings),

        // A program that writes to a store, to be killed by a test.
        .executableTarget(
            name: "StoreWriter",
            dependencies: ["HostSystem", "Store", .product(name: "SystemPackage", package: "swift-system")],
            path: "Tests/StoreWriter", swiftSettings: settings),

        // Figures against other tools; not installed.
        .executableTarget(
            name: "KilnBench",
            dependencies: [
                "AWSClient", "Components", "Disks", "Documents", "Exporting", "Failures", "Guests", "HostSystem",
                "LocalS3", "Store",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: settings),

        tests("HostSystemTests", ["Failures", "HostSystem", .product(name: "SystemPackage", package: "swift-system")]),
        tests(
            "GuestsTests",
            ["Failures", "Guests", "HostSystem", .product(name: "SystemPackage", package: "swift-system")]),
        tests(
            "AWSClientTests",
            [
                "AWSClient", "BlockUploader", "Failures", "FaultProxy", "HostSystem", "LocalImports", "LocalMoto",
                "LocalS3",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "ExportingTests",
            [
                "Exporting", "Failures", "HostSystem", .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "DistributingTests",
            [
                "AWSClient", "Disks", "Distributing", "Documents", "Exporting", "Failures", "FaultProxy", "HostSystem",
                "LocalImports",
                "LocalMoto", "LocalS3",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "BundlesTests",
            [
                "Bundles", "Failures", "HostSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "DisksTests",
            [
                "Builds", "CGuestfs", "Disks", "Documents", "Failures", "HostSystem",
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests("DocumentsTests", ["Documents", "Failures", "SeededNumbers"]),
        tests("SchedulingTests", ["Failures", "Scheduling", "SeededNumbers"]),
        tests(
            "StoreTests",
            [
                "Failures", "HostSystem", "Store", "StoreWriter",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "ImageBuilderAPITests",
            [
                "AWSClient", "Failures", "HostSystem", "ImageBuilderAPI", "SeededNumbers", "Store",
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "BuildsTests",
            [
                "Builds", "Components", "Disks", "Documents", "Failures", "Guests", "HostSystem", "LayerKeeper",
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "CommandTests",
            [
                "Builds", "Failures", "Guests", "HostSystem", "LocalMoto", "LocalS3", "Store",
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "KilnCommandsTests",
            [
                "AWSClient", "Builds", "Bundles", "Components", "Documents", "Failures", "HostSystem",
                "ImageBuilderAPI", "KilnCommands", "LocalImports", "LocalMoto", "LocalS3", "Store",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        tests(
            "ComponentsTests",
            [
                "AWSClient", "Components", "Documents", "Failures", "Guests", "HostSystem", "Origins", "SeededNumbers",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
    ]
)
