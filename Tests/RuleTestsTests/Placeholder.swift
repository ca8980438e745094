// Tests of RuleTests.
