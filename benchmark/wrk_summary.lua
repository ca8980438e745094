-- SPDX-License-Identifier: Apache-2.0
--
-- wrk's totals on one line, for a program to read: µs, answers, answers above 399, failures. It defines
-- neither request() nor response(), which wrk would call for each request.

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("summary %d %d %d %d\n", summary.duration, summary.requests, errors.status,
                         errors.connect + errors.read + errors.write + errors.timeout))
end
