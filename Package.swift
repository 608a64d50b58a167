// swift-tools-version: 6.1
import PackageDescription

/// Targets stand in the order of the arrows: each depends only on targets above it.
let package = Package(
    name: "martlet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "martlet", targets: ["MartletCommand"]),
        .library(name: "Martlet", targets: ["Martlet"]),
    ],
    dependencies: [
        // Sockets, event loops and the HTTP/1.1 parser. Not our own: parsing is where the security bugs are.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // Connections that end in peace when the server stops.
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        // The trust in other servers' certificates.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // SHA-2, HMAC and AES-GCM. Cryptography is not for us to write.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        // Ordered dictionaries (JSON objects keep their order) and deques.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Files: opening, and writing to the end whatever interrupts.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // The logging interface of the whole field.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Flags and environment variables under one set of names.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        // The command line.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Requests to other servers: TLS, connection pools, limits of time.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Start, stop and signals of the parts that run.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        // What glibc's own module leaves out: giving freed memory back, and the number of a thread.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(
            name: "CCrypt",
            pkgConfig: "libxcrypt",
            providers: [.apt(["libcrypt-dev"]), .brew(["libxcrypt"])]
        ),
        // Argon2id, the reference implementation.
        .systemLibrary(
            name: "CArgon2",
            pkgConfig: "libargon2",
            providers: [.apt(["libargon2-dev"]), .brew(["argon2"])]
        ),
        // SMTP. Its encryption and its sign-in are not for us to write.
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
        ),
        // What a file is, by its content.
        .systemLibrary(
            name: "CMagic",
            pkgConfig: "libmagic",
            providers: [.apt(["libmagic-dev"]), .brew(["libmagic"])]
        ),
        // Smaller copies of pictures. Not linked: it is loaded when the first one is made.
        .systemLibrary(name: "CVips", providers: [.apt(["libvips42"]), .brew(["vips"])]),
        // Zip archives, also of more than 4 GiB.
        .systemLibrary(
            name: "CZip",
            pkgConfig: "libzip",
            providers: [.apt(["libzip-dev"]), .brew(["libzip"])]
        ),

        // Answers that are made smaller.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

        // The JavaScript engine.
        .systemLibrary(
            name: "CJavaScriptCore",
            pkgConfig: "javascriptcoregtk-4.1",
            providers: [.apt(["libjavascriptcoregtk-4.1-dev"])]
        ),

        .target(
            name: "MartletCore",
            dependencies: [.product(name: "OrderedCollections", package: "swift-collections")]
        ),
        .target(
            name: "MartletJavaScript",
            dependencies: [
                "CLinux", "MartletCore", "CJavaScriptCore",
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        .target(name: "MartletPages", dependencies: ["MartletCore", "MartletJavaScript"]),
        .target(name: "MartletPattern"),
        .target(name: "MartletStorage", dependencies: ["MartletCore"]),
        .target(
            name: "MartletSQLite",
            dependencies: [
                "MartletStorage", "CSQLite",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "MartletSchema",
            dependencies: [
                "MartletCore", "MartletPattern", "MartletStorage",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(name: "MartletQuery", dependencies: ["MartletCore", "MartletStorage", "MartletSchema"]),
        .target(
            name: "MartletVault",
            dependencies: [
                "MartletCore", "CCrypt", "CArgon2",
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "MartletRecords",
            dependencies: [
                "MartletCore", "MartletPattern", "MartletStorage", "MartletSchema", "MartletQuery", "MartletVault",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "MartletMail",
            dependencies: [
                "MartletCore", "CCurl",
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "MartletFetch",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .target(
            name: "MartletIdentity",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletQuery", "MartletRecords", "MartletVault",
                "MartletMail", "MartletFetch",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "MartletImport",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletQuery", "MartletRecords", "MartletVault",
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "MartletJobs",
            dependencies: ["MartletCore", "MartletStorage", .product(name: "Logging", package: "swift-log")]
        ),
        .target(
            name: "MartletSettings",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletJobs", "MartletVault",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "MartletFiles",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletRecords", "MartletSettings", "MartletVault",
                "MartletFetch", "CMagic", "CVips",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "MartletBackups",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSettings", "MartletFiles", "CZip",
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "MartletRealtime",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletQuery", "MartletRecords", "MartletIdentity",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "MartletTelemetry",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletQuery",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "MartletServer",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "MartletWebhooks",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletRecords", "MartletJobs", "MartletFetch",
                "MartletVault",
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "MartletHTTP",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletQuery", "MartletRecords", "MartletIdentity",
                "MartletSettings", "MartletTelemetry", "MartletJobs", "MartletServer", "MartletVault", "MartletFetch",
                "MartletFiles", "MartletBackups", "MartletRealtime", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            resources: [
                .embedInCode("Pages/account.html"), .embedInCode("Pages/account.css"), .embedInCode("Pages/account.js"),
                .embedInCode("Pages/martlet.js"),
            ]
        ),
        .target(
            name: "MartletScripting",
            dependencies: [
                "MartletCore", "MartletPattern", "MartletStorage", "MartletSchema", "MartletQuery", "MartletRecords",
                "MartletIdentity", "MartletSettings", "MartletTelemetry", "MartletJobs", "MartletServer", "MartletHTTP",
                "MartletVault", "MartletMail", "MartletFetch", "MartletFiles", "MartletBackups", "MartletRealtime",
                "MartletJavaScript", "MartletPages",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            resources: [.embedInCode("Prelude"), .embedInCode("Types/types.d.ts")]
        ),
        .target(
            name: "Martlet",
            dependencies: [
                "MartletScripting", "MartletJavaScript",
                "MartletCore", "MartletStorage", "MartletSQLite", "MartletSchema", "MartletQuery", "MartletRecords",
                "MartletIdentity", "MartletSettings", "MartletTelemetry", "MartletJobs", "MartletServer", "MartletHTTP",
                "MartletVault", "MartletImport", "MartletMail", "MartletFetch", "MartletFiles", "MartletWebhooks",
                "MartletBackups", "MartletRealtime", "CLinux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        // Named apart from its product: `Martlet` and `martlet` are one folder on a case-insensitive disk.
        .executableTarget(
            name: "MartletCommand",
            dependencies: [
                "Martlet", "MartletCore", "MartletTelemetry",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // Fixtures, engine kinds, a running server: a target, so that it is compiled and reviewed.
        .target(
            name: "MartletTesting",
            dependencies: [
                "Martlet", "MartletCore", "MartletStorage", "MartletSQLite",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .testTarget(
            name: "MartletCoreTests",
            dependencies: [
                "MartletCore", "MartletTesting", .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .testTarget(name: "MartletPatternTests", dependencies: ["MartletPattern"]),
        .testTarget(name: "MartletPagesTests", dependencies: ["MartletJavaScript", "MartletPages"]),
        .testTarget(name: "MartletJavaScriptTests", dependencies: ["MartletCore", "MartletJavaScript"]),
        .testTarget(
            name: "MartletMailTests",
            dependencies: ["MartletMail", .product(name: "Logging", package: "swift-log")]
        ),
        .testTarget(
            name: "MartletVaultTests",
            dependencies: [
                "MartletCore", "MartletVault", .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .testTarget(name: "MartletIdentityTests", dependencies: ["MartletSchema", "MartletIdentity"]),
        .testTarget(
            name: "MartletFilesTests",
            dependencies: [
                "MartletCore", "MartletVault", "MartletFiles", "MartletTesting",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "MartletRealtimeTests",
            dependencies: [
                "MartletCore", "MartletSchema", "MartletSQLite", "MartletRecords", "MartletRealtime",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "MartletHTTPTests",
            dependencies: ["MartletHTTP", .product(name: "NIOCore", package: "swift-nio")]
        ),
        .testTarget(name: "MartletStorageTests", dependencies: ["MartletStorage", "MartletTesting"]),
        .testTarget(name: "MartletSchemaTests", dependencies: ["MartletSchema"]),
        .testTarget(
            name: "MartletQueryTests",
            dependencies: [
                "MartletCore", "MartletStorage", "MartletSchema", "MartletQuery", "MartletSQLite", "MartletTesting",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .testTarget(
            name: "MartletServerTests",
            dependencies: [
                "Martlet", "MartletCore", "MartletTesting",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = ["ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault"]
        .map { .enableUpcomingFeature($0) }
}
