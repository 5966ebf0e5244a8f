// swift-tools-version: 6.2

// A package of its own, so that whoever uses the library does not build it. Run by scripts/fuzz.sh, which names the
// sanitizer, the coverage and libFuzzer's library.

import PackageDescription

let package = Package(
  name: "rondo-fuzz",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "rondo", path: "..")],
  targets: [
    .systemLibrary(name: "CFuzzer"),
    .executableTarget(
      name: "rondo-fuzz",
      dependencies: ["CFuzzer", .product(name: "Rondo", package: "rondo")],
      path: "Sources/RondoFuzz",
      swiftSettings: [.strictMemorySafety(), .treatAllWarnings(as: .error)]
    ),
  ],
  swiftLanguageModes: [.v6]
)
