// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors everywhere: what the compiler doubts, a reader doubts too.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// Every Swift target and what it may import of ours: the import table of docs/design.md.
/// `scripts/check-imports` asserts that the sources keep to it.
func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, swiftSettings: strict)
}

let package = Package(
    name: "deja",
    products: [.executable(name: "deja", targets: ["deja"])],
    targets: [
        // Module maps of Debian's C libraries.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CLinearAlgebra", providers: [.apt(["libblas-dev", "liblapacke-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),

        // C of ours: what Swift cannot say, and the vector kernels.
        .target(
            name: "CShims",
            linkerSettings: [
                .linkedLibrary("ssl"), .linkedLibrary("crypto"), .linkedLibrary("icuuc"), .linkedLibrary("http_parser"),
                .linkedLibrary("zstd"), .linkedLibrary("z"), .linkedLibrary("xxhash"),
            ]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),

        module("CacheModel", []),
        module("Platform", ["CacheModel", "CShims"]),
        module("LinearAlgebra", ["CLinearAlgebra", "CKernels"]),
        module("ModelFiles", ["CacheModel", "Platform"]),
        module("Transformer", ["CacheModel", "CKernels", "LinearAlgebra", "ModelFiles"]),
        module("TextEmbedding", ["CacheModel", "LinearAlgebra", "ModelFiles", "Platform", "Transformer"]),
        module("VectorSearch", ["CacheModel", "LinearAlgebra", "CKernels"]),
        module("MatchJudge", ["CacheModel", "LinearAlgebra"]),
        module("SQLiteStore", ["CacheModel", "CSQLite", "Platform"]),
        module("RedisStore", ["CacheModel", "CHiredis", "Platform"]),
        module("CacheEngine", ["CacheModel"]),
        // The dashboard's files become part of the program: there is nothing to find at run time.
        module(
            "CacheService", ["CacheEngine", "CacheModel", "CShims"],
            resources: ["html", "css", "js"].map { .embedInCode("Dashboard/Page/dashboard.\($0)") }),
        module("Evaluation", ["CacheEngine", "CacheModel"]),
        .executableTarget(
            name: "deja",
            dependencies: [
                "CacheEngine", "CacheModel", "CacheService", "Evaluation", "LinearAlgebra", "MatchJudge",
                "ModelFiles", "Platform", "RedisStore", "SQLiteStore", "TextEmbedding", "Transformer", "VectorSearch",
            ],
            swiftSettings: strict),

        // What training reads: the judge's own features of labelled pairs. A developer's tool; nothing ships it.
        .executableTarget(
            name: "deja-features",
            dependencies: ["CacheModel", "MatchJudge", "Platform", "TextEmbedding", "Transformer"],
            swiftSettings: strict),

        // Real parts for the tests: a private redis-server, temporary folders, an injected clock.
        .target(
            name: "TestSupport", dependencies: ["CacheModel", "Platform"], path: "Tests/TestSupport",
            swiftSettings: strict),
        // Stands before malloc in the test program and counts.
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        tests("CacheModel", ["TestSupport"]),
        tests("Platform", ["CShims", "TestSupport"]),
        tests("LinearAlgebra", ["TestSupport"]),
        tests("TextEmbedding", ["ModelFiles", "TestSupport"]),
        tests("Transformer", ["CKernels", "ModelFiles", "TestSupport"]),
        tests("VectorSearch", ["TestSupport", "CKernels"]),
        tests(
            "MatchJudge", ["CacheModel", "LinearAlgebra", "Platform", "TestSupport", "TextEmbedding", "Transformer"]),
        .testTarget(
            name: "StoreTests", dependencies: ["CacheModel", "Platform", "RedisStore", "SQLiteStore", "TestSupport"],
            swiftSettings: strict),
        tests(
            "CacheEngine",
            ["MatchJudge", "Platform", "RedisStore", "SQLiteStore", "TestSupport", "TextEmbedding", "VectorSearch"]),
        tests("CacheService", ["TestSupport"]),
        tests("Evaluation", ["TestSupport"]),
        .testTarget(
            name: "DejaTests",
            dependencies: [
                "deja", "CAllocationCounter", "CacheEngine", "CacheModel", "CacheService", "Platform", "TestSupport",
            ],
            exclude: ["Clients", "Soak/clock_step.c"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
