# SPDX-License-Identifier: Apache-2.0
#
# Turns the CSV of Traffic Server's stats_over_http into Prometheus metrics of maxmind_acl.
#
#   curl -fsS -o stats.csv -H 'Accept: text/csv' http://127.0.0.1:8080/_stats && awk -f maxmind_acl.awk stats.csv
#
# Without a metric of maxmind_acl in the input, the exit status is 1.

BEGIN {
  FS = ","
  kind["decisions_total"] = "counter"
  help["decisions_total"] = "Decisions by verdict and reason."
  kind["internal_requests_total"] = "counter"
  help["internal_requests_total"] = "Internal requests without a client address."
  kind["decision_seconds_total"] = "counter"
  help["decision_seconds_total"] = "Time of decisions, extrapolated from a sample."
  kind["denials_logged_total"] = "counter"
  help["denials_logged_total"] = "Denials with a line in the log of denials."
  kind["denials_unlogged_total"] = "counter"
  help["denials_unlogged_total"] = "Denials left out of the log of denials."
  kind["reloads_total"] = "counter"
  help["reloads_total"] = "Loads of changed files that succeeded."
  kind["reload_failures_total"] = "counter"
  help["reload_failures_total"] = "Loads of changed files that failed or refused a file."
  kind["reload_failing"] = "gauge"
  help["reload_failing"] = "Configurations whose last load failed or refused a file."
  kind["database_build_timestamp_seconds"] = "gauge"
  help["database_build_timestamp_seconds"] = "Build time of the oldest database."
  kind["rules"] = "gauge"
  help["rules"] = "Rules in force."
}

function add(metric, labels, value) {
  lines[metric] = lines[metric] "maxmind_acl_" metric "{name=\"" name "\"" labels "} " value "\n"
}

/^plugin\.maxmind_acl\./ {
  count = split($1, part, ".")
  name = part[3]
  word = part[4]
  if (word == "allow" || word == "deny" || word == "would_have_denied") {
    # The total is the sum of the reasons.
    if (count == 5) add("decisions_total", ",verdict=\"" word "\",reason=\"" part[5] "\"", $2)
  } else if (word == "decision_nanoseconds") {
    add("decision_seconds_total", "", sprintf("%.9f", $2 / 1e9))
  } else if (word == "database_build_epoch") {
    if ($2 > 0) add("database_build_timestamp_seconds", "", $2)
  } else if (word == "rules" || word == "reload_failing") {
    add(word, "", $2)
  } else if (word "_total" in kind) {
    add(word "_total", "", $2)
  }
}

END {
  for (metric in lines) {
    print "# HELP maxmind_acl_" metric " " help[metric]
    print "# TYPE maxmind_acl_" metric " " kind[metric]
    printf "%s", lines[metric]
    found = 1
  }
  if (!found) {
    print "maxmind_acl.awk: no metric of maxmind_acl in the input" >"/dev/stderr"
    exit 1
  }
}
