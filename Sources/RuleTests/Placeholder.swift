// Tests of rules.
