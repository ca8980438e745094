/// The stable names of all problems. They do not change with the wording of a message.
///
/// docs/configuration.md lists each with an example.
package enum DiagnosticID: String, CaseIterable, Hashable, Sendable {
  // The YAML itself.

  /// The file is not well-formed YAML, or not UTF-8.
  case yamlSyntax = "yaml-syntax"
  /// Nesting too deep, or aliases that expand to too much.
  case yamlLimit = "yaml-limit"
  /// An alias inside its own anchor.
  case yamlCycle = "yaml-cycle"
  /// More than one document in a file.
  case yamlDocuments = "yaml-documents"
  /// A tag without a meaning here.
  case yamlTag = "yaml-tag"
  /// The file has no value.
  case emptyDocument = "empty-document"

  // Keys and the shape of values.

  /// A required key is missing.
  case missingKey = "missing-key"
  /// An unknown key.
  case unknownKey = "unknown-key"
  /// A key that occurs twice in one mapping.
  case duplicateKey = "duplicate-key"
  /// A value of the wrong type, such as a list in place of a text.
  case wrongType = "wrong-type"
  /// A single value in place of a list.
  case expectedList = "expected-list"
  /// A required value is empty or null.
  case emptyValue = "empty-value"
  /// An empty section or list.
  case emptySection = "empty-section"
  /// An `allow` section with keys but no rules.
  case noAllowRules = "no-allow-rules"
  /// Not a boolean.
  case badBoolean = "bad-boolean"
  /// Not a length of time.
  case badDuration = "bad-duration"
  /// A key without an effect beside another key.
  case unusedKey = "unused-key"
  /// Not `allow` or `deny`.
  case badVerdict = "bad-verdict"
  /// Not a valid header field name, or a reserved one.
  case badHeaderName = "bad-header-name"
  /// Not a valid label for metrics.
  case badName = "bad-name"
  /// Not a valid template for a header field, or an unknown placeholder.
  case badTemplate = "bad-template"
  /// Not a valid log of denials: its file, sample or rate.
  case badLog = "bad-log"
  /// Not a valid header field value.
  case badHeaderValue = "bad-header-value"
  /// Not a valid status for a denial.
  case badStatus = "bad-status"
  /// Not a URL to redirect to.
  case badRedirect = "bad-redirect"
  /// A redirect to the denied URL.
  case redirectLoop = "redirect-loop"
  /// Two keys that exclude each other.
  case conflictingKeys = "conflicting-keys"
  /// Not `documented`, `trafficserver-9` or `trafficserver-10`.
  case badSemantics = "bad-semantics"
  /// Not `enforce` or `monitor`.
  case badMode = "bad-mode"
  /// Not a percentage from 0 to 100.
  case badPercentage = "bad-percentage"
  /// Not a time with its UTC offset, or an end that is not after its start.
  case badTime = "bad-time"

  // The client's address.

  /// A bypass header that every client can send.
  case bypassForgeable = "bypass-forgeable"
  /// A bypass pattern that matches every URL.
  case bypassEverything = "bypass-everything"
  /// `close` where the connection may belong to a trusted proxy instead of the client.
  case closeBehindProxy = "close-behind-proxy"
  /// A range of trusted proxies that covers every address.
  case trustedEveryone = "trusted-everyone"
  /// `verified` in a proxy without verified addresses.
  case verifiedUnavailable = "verified-unavailable"

  // Rules.

  /// Not a country code.
  case badCountry = "bad-country"
  /// A country code in lower case.
  case lowerCaseCountry = "lower-case-country"
  /// A country code that no record of the database has.
  case unknownCountry = "unknown-country"
  /// Not the number of an autonomous system, or a range of numbers.
  case badASN = "bad-asn"
  /// Not a subdivision code.
  case badSubdivision = "bad-subdivision"
  /// Not a continent code.
  case badContinent = "bad-continent"
  /// A subdivision or continent code in lower case.
  case lowerCaseCode = "lower-case-code"
  /// A network, subdivision or continent that no record of the databases has.
  case unknownValue = "unknown-value"
  /// Not a field of a record, or not a JSON pointer to one.
  case badField = "bad-field"
  /// A named rule without conditions, or with one that cannot hold.
  case badRule = "bad-rule"
  /// Not a host name.
  case badHost = "bad-host"
  /// Not a request method.
  case badMethod = "bad-method"
  /// Not an address, a CIDR prefix or a range.
  case badAddress = "bad-address"
  /// A CIDR prefix with host bits set.
  case hostBits = "host-bits"
  /// A rule that repeats an earlier rule of the same list.
  case duplicateRule = "duplicate-rule"
  /// A range inside another range of the same list.
  case rangeCovered = "range-covered"
  /// A rule that never decides, because another rule always decides first.
  case unreachableRule = "unreachable-rule"
  /// A regex rule that is not `[COUNTRY, …, PATTERN]`.
  case badRegexRule = "bad-regex-rule"
  /// PCRE2 does not compile the pattern.
  case regexSyntax = "regex-syntax"
  /// A `^` pattern that cannot match, because the subject begins with the host.
  case regexAnchor = "regex-anchor"
  /// A pattern for a part that no subject has, such as a scheme.
  case regexUnmatchable = "regex-unmatchable"
  /// An allow regex meant as an exception from `deny.country`, which wins.
  case deniedException = "denied-exception"
  /// A line of a list file that is not an entry.
  case badListLine = "bad-list-line"
  /// A list file without addresses.
  case listEmpty = "list-empty"
  /// A list file that a reload refuses. The running list stays.
  case listRefused = "list-refused"
  /// A list entry with more public addresses than one owner can have.
  case shortPrefix = "short-prefix"
  /// A `$name` that is not a group.
  case unknownGroup = "unknown-group"
  /// Not a valid name for a group, or the name of a built-in group.
  case badGroup = "bad-group"
  /// A group inside itself.
  case groupCycle = "group-cycle"
  /// Groups that nest too deep or expand to too much.
  case groupLimit = "group-limit"
  /// A group without a use.
  case unusedGroup = "unused-group"
  /// `unknown` without a rule that reads a country.
  case unknownWithoutCountry = "unknown-without-country"

  /// A line of a remap.config that does not name one configuration, or a file without such a line.
  case remapPlugin = "remap-plugin"
  /// A line of a remap.config that makes Traffic Server refuse the whole file.
  case remapLine = "remap-line"
  /// A line of a remap.config whose effect only the running proxy knows.
  case remapCondition = "remap-condition"
  /// A remap.yaml, which is not read.
  case remapYAML = "remap-yaml"
  /// A line of a remap.config for another spelling of a host, with rules that differ from the host's line.
  case remapSpelling = "remap-spelling"
  /// Redirects that lead a denied client from denial to denial in a loop.
  case redirectCircle = "redirect-circle"

  // Files.

  /// A file that cannot be read.
  case fileUnreadable = "file-unreadable"
  /// Not enough memory for the configuration.
  case noMemory = "no-memory"
  /// An empty denial page.
  case pageEmpty = "page-empty"
  /// A denial page above the limit.
  case pageTooLarge = "page-too-large"
  /// A corrupt MaxMind DB.
  case databaseInvalid = "database-invalid"
  /// A database that no rule or header field reads.
  case unusedDatabase = "unused-database"
  /// A header field of `annotate` with a field that no database has.
  case databaseField = "database-field"
  /// A database without the fields that the rules need.
  case databaseKind = "database-kind"
  /// A database older than the running one.
  case databaseOlder = "database-older"
  /// A database without a country that rules name and the running database has.
  case databaseLostCountry = "database-lost-country"
  /// A database that is old, or has a build time in the future.
  case databaseAge = "database-age"
  /// An anonymity flag that no record of the database has.
  case databaseFlag = "database-flag"
  /// Unreadable records of the database.
  case databaseRecords = "database-records"

  // Rule tests: docs/rule-tests.md lists these.

  /// Two tests with one name.
  case duplicateTest = "duplicate-test"
  /// Tests with too many requests.
  case tooManyCases = "too-many-cases"
  /// Not a client: neither an address nor the edges or neighbours of a block.
  case badClient = "bad-client"
  /// Not an absolute URL.
  case badURL = "bad-url"
  /// An expectation that no decision can meet.
  case badExpectation = "bad-expectation"
}
