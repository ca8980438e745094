extension Configuration {
  /// What a denied client is answered, as it is written: under `response`, or under the key of a step in it.
  public struct Response: Sendable {
    /// `status`.
    public var status: Located<Int>?
    /// `html`: the file name of the page.
    public var html: Located<String>?
    /// `content_type`: that of the page.
    public var contentType: Located<String>?
    /// `redirect`: where the client is sent.
    public var redirect: Located<RedirectTemplate>?
    /// `close`: whether the connection is closed without an answer.
    public var closes = false
    /// `headers`, in the order of the file.
    public var headers: [(name: Located<String>, value: Located<String>)] = []
  }

  /// The responses of a configuration.
  public struct Responses: Sendable {
    /// What stands under `response` itself, and the top-level `html`.
    public var plain = Response()
    /// Those of the steps that have one of their own. Nothing of `plain` is in them.
    public var byStep: [Step: Response] = [:]
  }
}
