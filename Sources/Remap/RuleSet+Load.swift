import Foundation
import MaxMindACL

extension RuleSet {
  /// Whether a file is a configuration, by its name. Any other file is a remap.config.
  package static func isConfiguration(_ path: String) -> Bool {
    path.hasSuffix(".yaml") || path.hasSuffix(".yml")
  }

  /// Loads a configuration or a remap.config, depending on the name.
  package static func load(
    path: String, directory: String? = nil, database: String? = nil, now: Int64? = nil
  ) throws(LoadFailure) -> RuleSet {
    try isConfiguration(path)
      ? load(configuration: path, directory: directory, database: database, now: now)
      : load(remap: path, directory: directory, database: database, now: now)
  }

  /// Loads one configuration for all requests.
  ///
  /// - Parameters:
  ///   - path: The YAML file, relative to the current directory.
  ///   - directory: The directory for relative names in it. Nil: the directory of the YAML file.
  ///   - database: A database in place of the configuration's, relative to the current directory.
  ///   - now: The time of the requests, in seconds since 1970. Nil: the present.
  package static func load(
    configuration path: String, directory: String? = nil, database: String? = nil, now: Int64? = nil
  ) throws(LoadFailure) -> RuleSet {
    let now = now ?? present
    let policy: Policy
    do throws(LoadFailure) {
      policy = try Policy.load(
        path: path, at: path, directory: directory, database: database, now: now)
    } catch {
      if RemapConfig.read(path, needsPlugin: false).lines.isEmpty { throw error }
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
  ///   - database: A database in place of the configurations', relative to the current directory.
  ///   - now: The time of the requests, in seconds since 1970. Nil: the present.
  package static func load(
    remap path: String, directory: String? = nil, database: String? = nil, now: Int64? = nil
  ) throws(LoadFailure) -> RuleSet {
    if isConfiguration(path) {
      throw LoadFailure(
        wrongKind: "this is a configuration by its name, not a remap.config: use --config",
        of: path)
    }
    let now = now ?? present
    // Without the plugin all requests pass. diff compares its first use with that.
    let remap = RemapConfig.read(path, directory: directory, needsPlugin: false)
    var configurations = LoadedConfigurations(
      directory: remap.directory, database: database, now: now, instances: remap.instances)
    for instance in remap.instances { configurations.load(instance) }
    let chains = remap.lines.map { line in
      line.configurations.compactMap { configurations.place(of: $0) }
    }
    let diagnostics = remap.diagnostics + configurations.diagnostics
    guard diagnostics.allSatisfy({ $0.severity != .error }) else {
      throw LoadFailure(diagnostics: diagnostics)
    }
    return RuleSet(
      RemapTable(remap.lines), configurations.policies, chains: chains,
      warnings: configurations.diagnostics, file: path, now: now)
  }
}

extension RuleSet {
  /// The rules of a remap.config whose configurations are loaded; nil where one of them is not.
  ///
  /// - Parameters:
  ///   - file: The remap.config, as the operator named it.
  ///   - now: The moment at which the requests come in, in seconds since 1970.
  ///   - policy: The policy of a configuration by its canonical name.
  package init?(
    _ remap: RemapConfig, file: String, now: Int64, policy: (_ configuration: String) -> Policy?
  ) {
    var policies: [Policy] = []
    var places: [String: Int] = [:]
    for instance in remap.instances {
      let name = canonicalName(resolve(instance.configuration, in: remap.directory))
      if places[name] != nil { continue }
      guard let policy = policy(name) else { return nil }
      places[name] = policies.count
      policies.append(policy)
    }
    let chains = remap.lines.map { line in
      line.configurations.compactMap { places[canonicalName(resolve($0, in: remap.directory))] }
    }
    self.init(
      RemapTable(remap.lines), policies, chains: chains, warnings: [], file: file, now: now)
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

/// The configurations of a remap.config, each loaded once.
private struct LoadedConfigurations {
  let directory: String
  let database: String?
  let now: Int64
  /// The hosts of the lines that name a configuration, by the file's one name.
  private let hosts: [String: Set<String?>]
  private(set) var policies: [Policy] = []
  private(set) var diagnostics: [Diagnostic] = []
  /// By the file's one name; nil where it can't be loaded.
  private var places: [String: Int?] = [:]

  init(directory: String, database: String?, now: Int64, instances: [RemapInstance]) {
    self.directory = directory
    self.database = database
    self.now = now
    hosts = instances.reduce(into: [:]) { hosts, instance in
      let name = canonicalName(resolve(instance.configuration, in: directory))
      hosts[name, default: []].insert(instance.mapHost)
    }
  }

  mutating func load(_ instance: RemapInstance) {
    let name = canonicalName(resolve(instance.configuration, in: directory))
    guard places[name] == nil else { return }
    // What is said of one host must hold for all lines that share the configuration.
    let mapHost = hosts[name]?.count == 1 ? instance.mapHost : nil
    do throws(LoadFailure) {
      let policy = try Policy.load(
        path: instance.configuration, directory: directory, database: database, now: now)
      places[name] = policies.count
      policies.append(policy)
      diagnostics += policy.warnings(onHost: mapHost)
    } catch {
      places.updateValue(nil, forKey: name)
      diagnostics += error.diagnostics
    }
  }

  func place(of configuration: String) -> Int? {
    places[canonicalName(resolve(configuration, in: directory))] ?? nil
  }
}
