import Foundation
import MaxMindACL

extension RuleSet {
  /// Whether a file is a configuration, by its name. Any other file is a remap.config.
  package static func isConfiguration(_ path: String) -> Bool {
    path.hasSuffix(".yaml") || path.hasSuffix(".yml")
  }

  /// Loads a configuration or a remap.config, depending on the name. The parameters are those of the functions below.
  package static func load(
    path: String, directory: String? = nil, databases: [String] = [], now: Int64? = nil,
    for version: TrafficServerVersion? = nil, semantics: StockSemantics? = nil
  ) throws(LoadFailure) -> RuleSet {
    try isConfiguration(path)
      ? load(
        configuration: path, directory: directory, databases: databases, now: now, for: version,
        semantics: semantics)
      : load(
        remap: path, directory: directory, databases: databases, now: now, for: version,
        semantics: semantics)
  }

  /// Loads one configuration for all requests.
  ///
  /// - Parameters:
  ///   - path: The YAML file, relative to the current directory.
  ///   - directory: The directory for relative names in it. Nil: the directory of the YAML file.
  ///   - databases: Databases in place of the configuration's, relative to the current directory. Empty: none.
  ///   - now: The time of the requests, in seconds since 1970. Nil: the present.
  ///   - version: The version of Traffic Server that it is for. Nil: unknown.
  ///   - semantics: The stock plugin whose decisions a file without `semantics` makes. Nil: none.
  package static func load(
    configuration path: String, directory: String? = nil, databases: [String] = [],
    now: Int64? = nil, for version: TrafficServerVersion? = nil, semantics: StockSemantics? = nil
  ) throws(LoadFailure) -> RuleSet {
    let now = now ?? present
    let policy: Policy
    do throws(LoadFailure) {
      policy = try Policy.load(
        path: path, at: path, directory: directory, databases: databases,
        proxy: .trafficServer(version), semantics: semantics, now: now)
    } catch {
      if let failure = LoadFailure(ofRemapYAML: path) { throw failure }
      if RemapConfig.read(path, by: .v9_2, needsPlugin: false).lines.isEmpty { throw error }
      throw LoadFailure(
        wrongKind: "this is a remap.config, not a configuration: use --remap, or remap: in tests",
        of: path)
    }
    return RuleSet(policy, file: path, now: now)
  }

  /// Loads a remap.config and the configurations of its lines.
  ///
  /// Throws all errors of all files.
  ///
  /// - Parameters:
  ///   - path: The remap.config.
  ///   - directory: The directory for relative names in it and in its configurations: Traffic Server's configuration
  ///     directory. Nil: the directory of the remap.config.
  ///   - databases: Databases in place of the configurations', relative to the current directory. Empty: none.
  ///   - now: The time of the requests, in seconds since 1970. Nil: the present.
  ///   - version: The version of Traffic Server that it is for. Nil: the installed one. If there is none, 9.2 reads the
  ///     lines, and the configurations are for an unknown version.
  package static func load(
    remap path: String, directory: String? = nil, databases: [String] = [], now: Int64? = nil,
    for version: TrafficServerVersion? = nil, semantics: StockSemantics? = nil
  ) throws(LoadFailure) -> RuleSet {
    if isConfiguration(path) {
      throw LoadFailure(ofRemapYAML: path)
        ?? LoadFailure(
          wrongKind: "this is a configuration by its name, not a remap.config: use --config",
          of: path)
    }
    let now = now ?? present
    let version = version ?? .installed
    // Without the plugin all requests pass. diff compares its first use with that.
    let remap = RemapConfig.read(
      path, by: version ?? .v9_2, directory: directory, needsPlugin: false)
    let hosts = remap.instances.reduce(into: [String: Set<String?>]()) { hosts, instance in
      hosts[remap.canonicalName(of: instance.configuration), default: []].insert(instance.mapHost)
    }
    var policies: [String: Policy] = [:]
    var known: Set<String> = []
    var diagnostics: [Diagnostic] = []
    for instance in remap.instances {
      let name = remap.canonicalName(of: instance.configuration)
      guard known.insert(name).inserted else { continue }
      do throws(LoadFailure) {
        let policy = try Policy.load(
          path: instance.configuration, at: resolve(instance.configuration, in: remap.directory),
          directory: remap.directory, databases: databases, proxy: .trafficServer(version),
          semantics: semantics, now: now)
        policies[name] = policy
        // A warning about a host must hold for all lines that share the configuration.
        let mapHost = hosts[name]?.count == 1 ? instance.mapHost : nil
        diagnostics += policy.warnings(onHost: mapHost)
      } catch {
        diagnostics += error.diagnostics
      }
    }
    let all = remap.diagnostics + diagnostics
    guard all.allSatisfy({ $0.severity != .error }),
      let rules = RuleSet(
        remap, file: path, now: now, warnings: diagnostics, policy: { policies[$0] })
    else { throw LoadFailure(diagnostics: all) }
    return rules
  }
}

extension RuleSet {
  /// The rules of a remap.config with loaded configurations. Nil: one of them is not loaded.
  ///
  /// - Parameters:
  ///   - file: The remap.config, as the operator named it.
  ///   - now: The time of the requests, in seconds since 1970.
  ///   - warnings: Probable mistakes in the configurations.
  ///   - policy: The policy of a configuration by its canonical name.
  package init?(
    _ remap: RemapConfig, file: String, now: Int64, warnings: [Diagnostic] = [],
    policy: (_ configuration: String) -> Policy?
  ) {
    var policies: [Policy] = []
    var places: [String: Int] = [:]
    for instance in remap.instances {
      let name = remap.canonicalName(of: instance.configuration)
      if places[name] != nil { continue }
      guard let policy = policy(name) else { return nil }
      places[name] = policies.count
      policies.append(policy)
    }
    let chains = remap.lines.map { line in
      line.configurations.compactMap { places[remap.canonicalName(of: $0)] }
    }
    self.init(
      RemapTable(remap.lines, by: remap.version), policies, chains: chains, warnings: warnings,
      file: file, now: now)
  }
}

/// In seconds since 1970.
private var present: Int64 { Int64(Date().timeIntervalSince1970) }

extension LoadFailure {
  /// A file was given for another kind of file.
  fileprivate init(wrongKind message: String, of file: String) {
    self.init(diagnostics: [
      Diagnostic(severity: .error, id: .wrongType, message: message, file: file)
    ])
  }
}

/// The canonical name of a file: absolute, without symbolic links.
package func canonicalName(_ path: String) -> String {
  URL(fileURLWithPath: path).resolvingSymlinksInPath().path
}

extension RemapConfig {
  /// The hosts of the lines with a configuration, by its name in the file. Empty: any host.
  package func hosts(of configuration: String) -> [String] {
    let name = canonicalName(of: configuration)
    let hosts = instances.filter { canonicalName(of: $0.configuration) == name }.map(\.mapHost)
    return hosts.contains(nil) ? [] : hosts.compactMap(\.self)
  }

  fileprivate func canonicalName(of configuration: String) -> String {
    Remap.canonicalName(resolve(configuration, in: directory))
  }
}

extension Proxy {
  /// Traffic Server. The plugin has its own, of the version that it is built for.
  ///
  /// - Parameter version: Nil: unknown. Then it has all features, and treats URLs like 9.2.
  package static func trafficServer(_ version: TrafficServerVersion?) -> Proxy {
    var proxy = Proxy()
    proxy.name = "Traffic Server"
    proxy.reservedPrefix = "@"
    proxy.logs = [
      "diags.log", "error.log", "manager.log", "crash.log", "traffic.out", "traffic_server.out",
    ]
    proxy.dropsEmptyParameters = (version ?? .v9_2).dropsEmptyParameters
    proxy.hasVerifiedAddresses = version?.hasVerifiedAddresses ?? true
    proxy.verifyingVersions = "versions 10.2 and later have them"
    return proxy
  }
}
