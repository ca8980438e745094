import MaxMindACL

extension Proxy {
  /// Traffic Server of the latest version. The plugin has its own, of the version that it is built for.
  package static var trafficServer: Proxy {
    var proxy = Proxy()
    proxy.name = "Traffic Server"
    proxy.reservedPrefix = "@"
    proxy.logs = [
      "diags.log", "error.log", "manager.log", "crash.log", "traffic.out", "traffic_server.out",
    ]
    return proxy
  }
}
