import Files
import Foundation
import MaxMindACL

// Traffic Server's remap.yaml. Versions after 10.2 read it in place of remap.config. It is not read here.

extension LoadFailure {
  /// The failure to load a file because it is a remap.yaml: its top-level `remap` is a list. Nil: it is not.
  package init?(ofRemapYAML path: String) {
    guard let text = try? FileContents.read(path: path, limit: 32 << 20).bytes,
      let document = try? YAMLDocument.parse(text, file: path), let root = document.root,
      case .mapping(let entries) = document[root].content,
      entries.contains(where: { key, value in
        guard case .scalar("remap", _) = document[key].content,
          case .sequence = document[value].content
        else { return false }
        return true
      })
    else { return nil }
    self.init(diagnostics: [
      Diagnostic(
        severity: .error, id: .remapYAML,
        message:
          "this is Traffic Server's remap.yaml, which is not read yet; give the configurations that "
          + "it names", file: path)
    ])
  }
}

extension RemapConfig {
  /// A warning if there is a remap.yaml beside a remap.config that this version has read.
  package func warningOfYAML(beside file: String) -> Diagnostic? {
    let path = resolve("remap.yaml", in: parent(of: file))
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return Diagnostic(
      severity: .warning, id: .remapYAML,
      message:
        "this file is not read: Traffic Server \(version.rawValue) ignores it, and versions after "
        + "10.2 read it in place of remap.config", file: path)
  }
}
