// swift-tools-version: 6.2

// A package of its own, so that whoever uses the library does not build it. Run by scripts/bench.sh.

import PackageDescription

let package = Package(
  name: "rondo-benchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "rondo", path: "..")],
  targets: [
    .executableTarget(
      name: "rondo-bench",
      dependencies: [.product(name: "Rondo", package: "rondo")],
      path: "Sources/RondoBench",
      swiftSettings: [.strictMemorySafety(), .treatAllWarnings(as: .error)]
    )
  ],
  swiftLanguageModes: [.v6]
)
