import MaxMindACL

extension Host {
  /// Traffic Server of the latest version. The plugin has its own, of the version that it is built for.
  package static var trafficServer: Host {
    var host = Host()
    host.name = "Traffic Server"
    host.reservedPrefix = "@"
    host.logs = [
      "diags.log", "error.log", "manager.log", "crash.log", "traffic.out", "traffic_server.out",
    ]
    return host
  }
}
