// swift-tools-version: 6.2

import PackageDescription

// Warnings are errors in every Swift target, and unsafe code has to say so.
let swiftSettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "rondo",
  platforms: [.macOS(.v14)],
  products: [
    .library(name: "Rondo", targets: ["Rondo", "RondoText"]),
    .executable(name: "rondo", targets: ["RondoCLI"]),
  ],
  traits: [
    .trait(name: "Gzip", description: "Read texts that are compressed with gzip. Needs zlib."),
    .trait(name: "Zstd", description: "Read texts that are compressed with zstd. Needs libzstd."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    .systemLibrary(
      name: "CUtf8proc",
      pkgConfig: "libutf8proc",
      providers: [.apt(["libutf8proc-dev"]), .brew(["utf8proc"])]
    ),
    .systemLibrary(name: "CIconv"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CZstd",
      pkgConfig: "libzstd",
      providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]
    ),
    .target(
      name: "CRondoKernels",
      exclude: ["kernels.inc", "inc"],
      // -O3 is not wanted: the loops are written out, and unrolling them further costs speed.
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]
    ),
    .target(name: "RondoText", dependencies: ["CUtf8proc"], swiftSettings: swiftSettings),
    .target(name: "RondoNN", dependencies: ["CRondoKernels"], swiftSettings: swiftSettings),
    .target(name: "RondoReference", swiftSettings: swiftSettings),
    .target(
      name: "Rondo",
      dependencies: [
        "RondoText", "RondoNN", "CIconv",
        .target(name: "CZlib", condition: .when(traits: ["Gzip"])),
        .target(name: "CZstd", condition: .when(traits: ["Zstd"])),
      ],
      swiftSettings: swiftSettings,
      linkerSettings: [.linkedLibrary("iconv", .when(platforms: [.macOS]))]
    ),
    .executableTarget(
      name: "RondoCLI",
      dependencies: [
        "Rondo",
        "RondoText",
        "RondoReference",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.embedInCode("Recipes")],
      swiftSettings: swiftSettings
    ),
    .target(
      name: "TestSupport",
      path: "Tests/Support",
      exclude: ["make_golden.py"],
      resources: [.copy("Golden")],
      swiftSettings: swiftSettings
    ),
    .target(name: "CountMalloc", path: "Tests/CountMalloc"),
    .testTarget(
      name: "RondoTextTests",
      dependencies: ["RondoText"],
      exclude: ["make_subword.py"],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "RondoReferenceTests",
      dependencies: ["RondoReference", "TestSupport"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "RondoNNTests",
      dependencies: ["RondoNN", "CRondoKernels", "RondoReference", "TestSupport", "CountMalloc"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "RondoTests",
      dependencies: ["Rondo", "RondoText", "RondoNN", "TestSupport", "CountMalloc"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "RondoCLITests",
      dependencies: ["RondoCLI", "Rondo", "TestSupport"],
      swiftSettings: swiftSettings
    ),
  ],
  swiftLanguageModes: [.v6]
)
