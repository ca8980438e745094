import Foundation
import Testing

@testable import AccessLog

@Suite struct FixtureTests {
  static let nginxPattern =
    "$msec $http_x_forwarded_for $scheme://$http_host$request_uri $request_method $status"
  static let apachePattern =
    #"%{%Y-%m-%dT%H:%M:%S%z}t\t%a\t%{X-Forwarded-For}i\t%V\t%U\t%>s"#

  @Test(
    arguments: [
      ("nginx-combined", nil), ("nginx-main", nil), ("nginx-json", nil),
      ("nginx-pattern", nginxPattern), ("apache-combined", nil), ("apache-common", nil),
      ("apache-vhost_combined", nil), ("apache-pattern", apachePattern),
      ("trafficserver-squid", nil), ("trafficserver-extended", nil),
      ("trafficserver-extended2", nil), ("trafficserver-json", nil),
    ] as [(String, String?)])
  func `a real log holds the requests that were sent`(name: String, pattern: String?) throws {
    let format = try pattern.map { try LogFormat($0) }
    let input = LogInput(
      files: [fixture("\(name).log")], format: format, baseURL: BaseURL("http://www.example.com"))
    let found = blocks(of: input).flatMap { $0.requestLines + $0.malformedLines }
    let expected = try String(contentsOfFile: fixture("\(name).requests"), encoding: .utf8)
    #expect(found == expected.split(separator: "\n").map(String.init))
    #expect(input.failures == [])
  }

  @Test(arguments: [
    ("nginx-combined", "combined"), ("nginx-json", "json"), ("apache-combined", "combined"),
    ("apache-common", "common"), ("apache-vhost_combined", "vhost_combined"),
    ("trafficserver-squid", "squid"), ("trafficserver-extended", "extended"),
    ("trafficserver-extended2", "extended2"), ("trafficserver-json", "json"),
    ("nginx-main", "main"),
  ])
  func `a log's format is detected by its lines`(name: String, format: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("\(name).log"))))
    let sample = try #require(LogSample(bytes.indices, of: bytes))
    #expect(try LogFormat.detected(by: sample).name == format)
  }
}
