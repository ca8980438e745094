/// The stable names of all problems. They stay when the wording of a message changes.
///
/// docs/configuration.md lists each with an example.
package enum DiagnosticID: String, CaseIterable, Hashable, Sendable {
  // The YAML itself.

  /// The file is not well-formed YAML, or not UTF-8.
  case yamlSyntax = "yaml-syntax"
  /// Nesting too deep, or aliases that expand to too much.
  case yamlLimit = "yaml-limit"
  /// An anchor that contains an alias of itself.
  case yamlCycle = "yaml-cycle"
  /// More than one document in a file.
  case yamlDocuments = "yaml-documents"
  /// A tag that means nothing here.
  case yamlTag = "yaml-tag"
  /// The file holds no value.
  case emptyDocument = "empty-document"

  // Keys and the shape of values.

  /// A key that has to be there is not.
  case missingKey = "missing-key"
  /// A key that nothing reads.
  case unknownKey = "unknown-key"
  /// A key that occurs twice in one mapping.
  case duplicateKey = "duplicate-key"
  /// A value of the wrong type: a list where a text is due, and so on.
  case wrongType = "wrong-type"
  /// One value stands where a list is due.
  case expectedList = "expected-list"
  /// A value that has to say something is empty or null.
  case emptyValue = "empty-value"
  /// A section or list with nothing in it.
  case emptySection = "empty-section"
  /// An `allow` section with keys, but no rule in any of them.
  case noAllowRules = "no-allow-rules"
  /// Not a boolean.
  case badBoolean = "bad-boolean"
  /// Not a length of time.
  case badDuration = "bad-duration"
  /// A key that has no effect beside another.
  case unusedKey = "unused-key"
  /// Not `allow` or `deny`.
  case badVerdict = "bad-verdict"
  /// Not a name that a header field can have, or one that is not for configurations to set.
  case badHeaderName = "bad-header-name"
  /// Not a name under which decisions can be counted.
  case badName = "bad-name"
  /// Not a text that a header field can have, or one that asks for what there is not.
  case badTemplate = "bad-template"
  /// Not a log of denials: its file, its sample or its rate.
  case badLog = "bad-log"
  /// Not a value that a header field can have.
  case badHeaderValue = "bad-header-value"
  /// Not a status that can be the answer to a denied client.
  case badStatus = "bad-status"
  /// Not a URL to redirect to.
  case badRedirect = "bad-redirect"
  /// A redirect to the URL that was denied.
  case redirectLoop = "redirect-loop"
  /// Two keys of which only one can be meant.
  case conflictingKeys = "conflicting-keys"
  /// Not `enforce` or `monitor`.
  case badMode = "bad-mode"
  /// Not a share of 0 to 100 percent.
  case badPercentage = "bad-percentage"
  /// Not a time with its UTC offset, or an end that is not after its beginning.
  case badTime = "bad-time"

  // Who the client is.

  /// A bypass header that every client can send.
  case bypassForgeable = "bypass-forgeable"
  /// A connection to be closed that may be that of a trusted proxy, and not the client's.
  case closeBehindProxy = "close-behind-proxy"
  /// A range of trusted proxies that holds every address.
  case trustedEveryone = "trusted-everyone"
  /// A verified address where the proxy has none to give.
  case verifiedUnavailable = "verified-unavailable"

  // Rules.

  /// Not a country code.
  case badCountry = "bad-country"
  /// A country code in lower case.
  case lowerCaseCountry = "lower-case-country"
  /// A country code that no record of the database carries.
  case unknownCountry = "unknown-country"
  /// Not an address, a CIDR prefix or a range.
  case badAddress = "bad-address"
  /// A CIDR prefix with host bits set.
  case hostBits = "host-bits"
  /// A rule that an earlier one of the same list says already.
  case duplicateRule = "duplicate-rule"
  /// A range of addresses that another range of the same list covers.
  case rangeCovered = "range-covered"
  /// A rule that never decides, because another always decides first.
  case unreachableRule = "unreachable-rule"
  /// A regex rule that is not `[COUNTRY, …, PATTERN]`.
  case badRegexRule = "bad-regex-rule"
  /// PCRE2 does not compile the pattern.
  case regexSyntax = "regex-syntax"
  /// A `^` pattern that cannot match, because the subject begins with the host.
  case regexAnchor = "regex-anchor"
  /// A pattern that asks for what no URL has, such as a scheme.
  case regexUnmatchable = "regex-unmatchable"
  /// An allow regex that is meant as an exception from `deny.country`, which comes first.
  case deniedException = "denied-exception"
  /// A line of a list file that is no entry.
  case badListLine = "bad-list-line"
  /// A list file that lists no address.
  case listEmpty = "list-empty"
  /// A list file that is refused at a reload, where the list in force stays.
  case listRefused = "list-refused"
  /// An entry of a list file that holds more public addresses than are ever in one hand.
  case shortPrefix = "short-prefix"
  /// `unknown` where no rule reads a country.
  case unknownWithoutCountry = "unknown-without-country"

  /// A line of a remap.config that does not name one configuration, or a file without such a line.
  case remapPlugin = "remap-plugin"
  /// A line of a remap.config for which Traffic Server refuses the whole file.
  case remapLine = "remap-line"
  /// A line of a remap.config whose effect depends on what is not known without a proxy.
  case remapCondition = "remap-condition"

  /// A line of a remap.config that maps other spellings of a host, with other rules than that host's line.
  case remapSpelling = "remap-spelling"
  /// Redirects that lead a denied client from one denial to the next without an end.
  case redirectCircle = "redirect-circle"

  // Files.

  /// A file that cannot be read.
  case fileUnreadable = "file-unreadable"
  /// The process may not have the memory that the configuration takes.
  case noMemory = "no-memory"
  /// A denial page with nothing in it.
  case pageEmpty = "page-empty"
  /// A denial page above the limit.
  case pageTooLarge = "page-too-large"
  /// A file that is not a sound MaxMind DB.
  case databaseInvalid = "database-invalid"
  /// A database that has no field of the kind that the rules read.
  case databaseKind = "database-kind"
  /// A database that was built before the one that it is to follow.
  case databaseOlder = "database-older"
  /// A database without a country that rules name and the one that it is to follow has.
  case databaseLostCountry = "database-lost-country"
  /// A database that is old, or was built in the future.
  case databaseAge = "database-age"
  /// An anonymity flag that no record of the database carries.
  case databaseFlag = "database-flag"
  /// Records of the database that cannot be read.
  case databaseRecords = "database-records"

  // Files of rule tests: docs/rule-tests.md lists these.

  /// Two tests of one name.
  case duplicateTest = "duplicate-test"
  /// Tests that make more requests than anyone waits for.
  case tooManyCases = "too-many-cases"
  /// Not a client: no address, nor the edges or neighbours of a block.
  case badClient = "bad-client"
  /// Not an absolute URL.
  case badURL = "bad-url"
  /// An expectation that no decision can meet.
  case badExpectation = "bad-expectation"
}
