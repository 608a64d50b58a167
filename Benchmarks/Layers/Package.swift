// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who uses Martlet inherits what it compares with.
let package = Package(
    name: "Layers",
    platforms: [.macOS(.v15)],
    dependencies: [
        // The field's package for SQLite, to compare with.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // What the shared sources below are built on.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // Links to the sources that are measured: their interfaces are `package`, which ends at a package's border.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
        .target(
            name: "MartletCore",
            dependencies: [.product(name: "OrderedCollections", package: "swift-collections")]
        ),
        .target(name: "MartletStorage", dependencies: ["MartletCore"]),
        .target(
            name: "MartletSQLite",
            dependencies: ["MartletStorage", "CSQLite", .product(name: "NIOPosix", package: "swift-nio")]
        ),
        .executableTarget(
            name: "Layers",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSQLite", .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
    ]
)

for target in package.targets where target.type != .system && target.name != "Layers" {
    target.swiftSettings = ["ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault"]
        .map { .enableUpcomingFeature($0) }
}
