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
    .library(name: "MaxMindACL", targets: ["MaxMindACL"]),
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

    .target(name: "Platform", swiftSettings: strict),
    .target(name: "Text", dependencies: ["Platform"], swiftSettings: strict),
    .target(name: "Files", dependencies: ["CMemory", "Platform", "Text"], swiftSettings: strict),
    .target(name: "CivilTime", dependencies: ["Files", "Text"], swiftSettings: strict),
    .target(name: "Addresses", dependencies: ["Platform"], swiftSettings: strict),
    .target(
      name: "GeoDatabase", dependencies: ["Addresses", "CMaxMindDB", "Files", "Platform", "Text"],
      swiftSettings: strict),
    .target(
      name: "URLPattern", dependencies: ["CPCRE2", "Files", "Platform", "Text"],
      swiftSettings: strict),
    .target(
      name: "LookupService",
      dependencies: ["Addresses", "Files", "GeoDatabase", "Platform", "Text"],
      swiftSettings: strict),
    .target(
      name: "MaxMindACL",
      dependencies: [
        "Addresses", "CLibYAML", "CivilTime", "Files", "GeoDatabase", "Platform", "Text",
        "URLPattern",
      ],
      swiftSettings: strict),
    .target(
      name: "MaxMindACLInterface",
      dependencies: [
        "Addresses", "CMaxMindACL", "CRCU", "Files", "GeoDatabase", "MaxMindACL", "Platform",
        "Text",
        "URLPattern",
      ],
      swiftSettings: strict),

    // The tool alone needs these; none runs inside the proxy.
    .target(
      name: "AccessLog",
      dependencies: ["Addresses", "CZlib", "CZstd", "Files", "MaxMindACL", "Platform", "Text"],
      swiftSettings: strict),
    .target(
      name: "Remap",
      dependencies: ["Addresses", "Files", "GeoDatabase", "MaxMindACL", "Text", "URLPattern"],
      swiftSettings: strict),
    .target(
      name: "TrafficReplay",
      dependencies: [
        "AccessLog", "Addresses", "Files", "GeoDatabase", "MaxMindACL", "Remap", "Text",
      ],
      swiftSettings: strict),
    .target(name: "NginxImport", dependencies: ["Addresses", "Text"], swiftSettings: strict),
    .target(
      name: "RuleTests",
      dependencies: ["Addresses", "Files", "GeoDatabase", "MaxMindACL", "Remap", "Text"],
      swiftSettings: strict),
    .executableTarget(
      name: "maxmind-acl",
      dependencies: [
        "AccessLog", "Addresses", "Files", "GeoDatabase", "MaxMindACL", "NginxImport", "Remap",
        "Platform", "RuleTests", "Text", "TrafficReplay",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
    .target(name: "TestDatabases", path: "Tests/TestDatabases", swiftSettings: strict),
    .testTarget(name: "TextTests", dependencies: ["Text"], swiftSettings: strict),
    .testTarget(name: "FilesTests", dependencies: ["Files"], swiftSettings: strict),
    .testTarget(
      name: "CivilTimeTests", dependencies: ["CivilTime", "Files", "SeededRandom"],
      swiftSettings: strict),
    .testTarget(
      name: "AddressesTests", dependencies: ["Addresses", "SeededRandom"], swiftSettings: strict),
    .testTarget(
      name: "GeoDatabaseTests", dependencies: ["SeededRandom", "TestDatabases", "GeoDatabase"],
      swiftSettings: strict),
    .testTarget(
      name: "URLPatternTests", dependencies: ["SeededRandom", "URLPattern"], swiftSettings: strict),
    .testTarget(
      name: "LookupServiceTests", dependencies: ["LookupService", "SeededRandom"],
      swiftSettings: strict),
    .testTarget(
      name: "MaxMindACLTests", dependencies: ["MaxMindACL", "SeededRandom", "TestDatabases"],
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

// `make docs` alone needs the plugin.
if Context.environment["DOCUMENTATION"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
