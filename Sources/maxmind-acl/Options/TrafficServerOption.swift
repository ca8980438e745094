import ArgumentParser
import Remap

/// The version of Traffic Server that remap.config files and configurations are for.
struct TrafficServerOption: ParsableArguments {
  @Option(
    name: .customLong("traffic-server"),
    help: ArgumentHelp(
      "The version of Traffic Server that reads a remap.config. Default: the installed one, or else 9.2.",
      discussion: """
        It decides which line maps a URL. The installed one is the traffic_server in PATH: 9.2 for a \
        version 9, 10.2 for a later one.
        """, valueName: "version"))
  var version: TrafficServerVersion?
}

extension TrafficServerVersion: ExpressibleByArgument {}
