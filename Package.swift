// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of ours is built with: warnings are errors, unsafe code is marked.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
]

let package = Package(
  name: "maxmind-acl",
  products: [
    .library(name: "MaxMindACL", targets: ["MaxMindACL", "GeoDatabase"]),
    .library(name: "MaxMindACLInterface", type: .static, targets: ["MaxMindACLInterface"]),
    .executable(name: "maxmind-acl", targets: ["maxmind-acl"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CMaxMindDB", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CMaxMindACL"),
    .systemLibrary(name: "CMemory"),
    .target(name: "CRCU", cSettings: [.treatAllWarnings(as: .error)]),

    .target(name: "ASCII", swiftSettings: strict),
    .target(name: "Locking", swiftSettings: strict),
    .target(name: "Memory", dependencies: ["CMemory"], swiftSettings: strict),
    .target(
      name: "GeoDatabase", dependencies: ["CMaxMindDB", "Locking", "Memory"],
      swiftSettings: strict),
    .target(
      name: "URLPattern", dependencies: ["ASCII", "CPCRE2", "Memory"], swiftSettings: strict),
    .target(
      name: "MaxMindACL",
      dependencies: ["ASCII", "CLibYAML", "GeoDatabase", "Locking", "Memory", "URLPattern"],
      swiftSettings: strict),
    .target(
      name: "MaxMindACLInterface",
      dependencies: [
        "CMaxMindACL", "CRCU", "GeoDatabase", "Locking", "MaxMindACL", "URLPattern",
      ],
      swiftSettings: strict),

    // What the tool alone needs; nothing of it runs inside the proxy.
    .target(
      name: "AccessLog",
      dependencies: ["ASCII", "CZlib", "CZstd", "GeoDatabase", "Locking", "MaxMindACL"],
      swiftSettings: strict),
    .target(
      name: "Remap", dependencies: ["ASCII", "GeoDatabase", "MaxMindACL", "URLPattern"],
      swiftSettings: strict),
    .target(
      name: "TrafficReplay",
      dependencies: ["ASCII", "AccessLog", "GeoDatabase", "Locking", "MaxMindACL", "Remap"],
      swiftSettings: strict),
    .target(
      name: "RuleTests", dependencies: ["ASCII", "GeoDatabase", "MaxMindACL", "Remap"],
      swiftSettings: strict),
    .executableTarget(
      name: "maxmind-acl",
      dependencies: [
        "AccessLog", "GeoDatabase", "Locking", "MaxMindACL", "Remap", "RuleTests",
        "TrafficReplay",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
    .testTarget(name: "ASCIITests", dependencies: ["ASCII"], swiftSettings: strict),
    .testTarget(
      name: "GeoDatabaseTests", dependencies: ["SeededRandom", "GeoDatabase"], swiftSettings: strict
    ),
    .testTarget(
      name: "URLPatternTests", dependencies: ["SeededRandom", "URLPattern"], swiftSettings: strict),
    .testTarget(
      name: "MaxMindACLTests", dependencies: ["ASCII", "SeededRandom", "MaxMindACL"],
      swiftSettings: strict),
    .testTarget(
      name: "AccessLogTests", dependencies: ["SeededRandom", "AccessLog"], swiftSettings: strict),
    .testTarget(
      name: "RemapTests", dependencies: ["SeededRandom", "Remap"], swiftSettings: strict),
    .testTarget(
      name: "TrafficReplayTests", dependencies: ["SeededRandom", "TrafficReplay"],
      swiftSettings: strict),
    .testTarget(
      name: "RuleTestsTests", dependencies: ["SeededRandom", "RuleTests"], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests", dependencies: ["maxmind-acl"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
