import Text

/// The words of a line, with options separate.
struct RemapWords {
  /// A plugin and its parameters.
  struct Plugin {
    var name: String
    var parameters: [String]

    /// Whether it is our plugin, in any directory.
    var isOurs: Bool {
      name.filter { $0 != "\"" && $0 != "'" }.split(separator: "/").last == "maxmind_acl.so"
    }
  }

  /// The words that are not options.
  let plain: [ArraySlice<UInt8>]
  /// The options, without the `@`.
  private let options: [ArraySlice<UInt8>]
  let isEmpty: Bool

  init(_ words: [ArraySlice<UInt8>]) {
    isEmpty = words.isEmpty
    plain = words.filter { $0.first != UInt8(ascii: "@") }
    options = words.filter { $0.first == UInt8(ascii: "@") }.map { $0.dropFirst() }
      .filter { !$0.isEmpty }
  }

  var hasOptions: Bool { !options.isEmpty }

  /// Whether Traffic Server filters the requests of the line. `@in_ip` alone does not.
  ///
  /// Source: Traffic Server 9.2's `REMAP_OPTFLG_ALL_FILTERS`.
  var hasFilter: Bool {
    options.contains { option in
      ["method=", "src_ip=", "action=", "internal"].contains { Self.value(of: option, $0) != nil }
    }
  }

  /// Whether the line maps by Referer, although it is a plain `map`.
  var isByReferer: Bool {
    options.contains { Self.value(of: $0, "map_with_referer")?.isEmpty == true }
  }

  /// The plugins in their order. Parameters before the first plugin belong to it. Empty ones are dropped.
  ///
  /// Source: Traffic Server's `remap_load_plugin`.
  func plugins() -> [Plugin] {
    var plugins: [Plugin] = []
    var parameters: [String] = []
    var name: String?
    for option in options {
      if let next = Self.value(of: option, "plugin=") {
        if let name {
          plugins.append(Plugin(name: name, parameters: parameters))
          parameters = []
        }
        name = next
      } else if let value = Self.value(of: option, "pparam="), !value.isEmpty {
        parameters.append(value)
      }
    }
    if let name { plugins.append(Plugin(name: name, parameters: parameters)) }
    return plugins
  }

  /// The text after a prefix in any case. Nil: the option does not have the prefix.
  private static func value(of option: ArraySlice<UInt8>, _ prefix: String) -> String? {
    guard option.prefix(prefix.utf8.count).lazy.map(\.asciiLowerCased).elementsEqual(prefix.utf8)
    else {
      return nil
    }
    return String(decoding: option.dropFirst(prefix.utf8.count), as: UTF8.self)
  }
}
