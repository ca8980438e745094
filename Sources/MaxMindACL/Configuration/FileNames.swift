/// Resolves a name against a directory. Absolute names stay.
package func resolve(_ name: String, in directory: String?) -> String {
  guard let directory, !directory.isEmpty, !name.hasPrefix("/") else { return name }
  return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
}

/// The directory of a file name.
package func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "" }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
