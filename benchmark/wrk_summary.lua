-- SPDX-License-Identifier: Apache-2.0
--
-- wrk's totals on one line, for a program to read: µs, answers, answers above 399, failures, and the
-- latencies in µs: median, 99th, 99.9th of 100, longest. It defines neither request() nor response(), which
-- wrk would call for each request.
--
-- WRK_PAUSE: each connection waits so many ms on average between an answer and its next request.

local pause = tonumber(os.getenv("WRK_PAUSE") or "0")

if pause > 0 then
  function delay()
    return math.random(0, 2 * pause)
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("summary %d %d %d %d %d %d %d %d\n", summary.duration, summary.requests,
                         errors.status, errors.connect + errors.read + errors.write + errors.timeout,
                         latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
                         latency.max))
end
