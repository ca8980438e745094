/// Whether a text begins like a report of any version.
package func isReport(_ beginning: String) -> Bool {
  beginning.hasPrefix("<!DOCTYPE html>") && beginning.contains(ReportPage.generator.markup)
}

/// The frame of a report: one file that loads nothing.
enum ReportPage {
  /// The mark of a report, near its beginning.
  static let generator = HTML.void(
    "meta", .init("name", "generator"), .init("content", "maxmind-acl"))

  /// The page. `lead` stands under the title.
  ///
  /// - Parameter now: The time of the report, in seconds since 1970.
  static func document(
    title: String, madeAt now: Int64, @HTMLBuilder lead: () -> HTML,
    @HTMLBuilder content: () -> HTML
  ) -> String {
    HTML.document(
      HTML("html", .init("lang", "en")) {
        HTML("head") {
          HTML.void("meta", .init("charset", "utf-8"))
          generator
          HTML.void(
            "meta", .init("http-equiv", "Content-Security-Policy"),
            .init(
              "content",
              "default-src 'none'; style-src '\(ReportStyle.digest)'; base-uri 'none'; "
                + "form-action 'none'"))
          HTML.void("meta", .init("name", "referrer"), .init("content", "no-referrer"))
          HTML.void(
            "meta", .init("name", "viewport"),
            .init("content", "width=device-width, initial-scale=1"))
          HTML("title") { title }
          HTML.style(ReportStyle.sheet)
        }
        HTML("body") {
          HTML("header") {
            HTML("h1") { title }
            lead()
            faint("Made on \(utcDate(Int(clamping: now))).")
          }
          HTML("main") { content() }
          HTML("footer") { "Made by maxmind-acl. All times are UTC." }
        }
      })
  }

  /// A part of a report under its heading, which has the id.
  static func section(
    _ id: String, _ title: String, @HTMLBuilder content: () -> HTML
  ) -> HTML {
    HTML("section", .init("aria-labelledby", id)) {
      HTML("h2", .id(id)) { title }
      content()
    }
  }

  struct Figure {
    var name: String
    var value: String
    var note = ""
    var style = ""
  }

  static func figures(_ figures: [Figure]) -> HTML {
    HTML("dl", .class("figures")) {
      for figure in figures {
        HTML("div", .class(figure.style)) {
          HTML("dt") { figure.name }
          HTML("dd", .class("value")) { figure.value }
          HTML("dd", .class("note")) { figure.note }
        }
      }
    }
  }

  /// The word and shape of each verdict. The colour only helps.
  static var legend: HTML {
    HTML("ul", .class("legend")) {
      HTML("li", .class("verdict denied")) { "denied" }
      HTML("li", .class("verdict allowed")) { "allowed" }
    }
  }

  /// A file of rules and its databases, for the head of a report.
  static func rules(_ file: String, _ databases: String?) -> HTML {
    HTML("p") {
      HTML("code") { file }
      databases.map { ", \($0)" } ?? ""
    }
  }

  static func faint(_ text: String) -> HTML { HTML("p", .class("faint")) { text } }
}
