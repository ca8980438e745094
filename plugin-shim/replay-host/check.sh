#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Tests of the replay host with the plugins in test-plugins. Argument: the build directory.
set -u
host=$1/replay-host
plugins=$1/test-plugins
failures=0

# expect NAME EXIT OUTPUT COMMAND…: the command's exit code, and what it prints on both outputs
# has to contain each line of OUTPUT. Standard input is passed on.
expect() {
  name=$1 expected_code=$2 expected=$3
  shift 3
  output=$("$@" 2>&1)
  code=$?
  missing=$(printf '%s\n' "$expected" | while IFS= read -r line; do
    printf '%s\n' "$output" | grep -qF -e "$line" || printf '  no: %s\n' "$line"
  done)
  if [ "$code" -ne "$expected_code" ] || [ -n "$missing" ]; then
    failures=$((failures + 1))
    printf 'FAIL %s: exit %s, expected %s\n%s\n%s\n' \
      "$name" "$code" "$expected_code" "$missing" "$output"
  fi
}

tab=$(printf '\t')

expect "an allowed request" 0 \
  "1.2.3.4${tab}http://a.example/x${tab}allow${tab}0${tab}TSREMAP_NO_REMAP${tab}-1${tab}-" \
  "$host" "$plugins/empty.so" <<'IN'
# a comment

1.2.3.4 http://a.example/x
IN

expect "malformed lines are reported and skipped" 3 \
  "line 1: no URL after the client
line 2: the client is not an address
line 3: not an absolute http or https URL
line 4: text after the URL
line 5: port is not a number
line 6: a header field is not 'Name: value'
::1${tab}https://a.example/${tab}allow
6 malformed lines" \
  "$host" "$plugins/empty.so" <<IN
1.2.3.4
1.2.3 http://a.example/
1.2.3.4 ftp://a.example/
1.2.3.4 http://a.example/ x
1.2.3.4 http://a.example:x/
1.2.3.4 http://a.example/${tab}x
::1 https://a.example/
IN

expect "the pieces of a URL" 0 \
  "pristine: scheme=http user=u password=p host=A.example path=b/ params=c;d/e query=f;g fragment=h port=8080/8080 text=http://u:p@A.example:8080/b/;c;d/e?f;g#h
pristine: scheme=https host=[::1] query=q port=443/0 text=https://[::1]?q
pristine: scheme=http host=h port=80/0 text=http://h/
client: ::ffff:1.2.3.4 internal=0
client: none internal=1
client: none internal=0" \
  "$host" "$plugins/describe.so" <<'IN'
::ffff:1.2.3.4 http://u:p@A.example:8080//b/;c;d/e?f;g#h
internal https://[::1]?q
- http://h
IN

expect "header fields, and their change by a plugin" 0 \
  'Host: [a.example:81]
Y: [z]
X: [1] ["2,3"] [4]
@Verdict: [deny] [surely]' \
  "$host" --header 'Y: z' "$plugins/describe.so" <<IN
1.2.3.4 http://a.example:81/${tab}@Verdict: a${tab}X: 1, "2,3" ,4${tab}@verdict: b
IN

expect "a map" 3 \
  "pristine: scheme=http host=A path=x/y/z query=q port=80/0
request: scheme=https host=o path=n/y/z query=q port=81/81
line 2: the URL is not under the map's 'from' URL" \
  "$host" --from http://a/x/ --to https://o:81/n/ "$plugins/describe.so" <<'IN'
1.2.3.4 http://A/x/y/z?q
1.2.3.4 http://b/
IN

expect "statistics and watched files" 0 \
  "statistic plugin.describe.requests: 2
watched with remap.config: describe.yaml" \
  "$host" --stats --watched "$plugins/describe.so" <<'IN'
1.2.3.4 http://a/
1.2.3.4 http://b/
IN

expect "a status set in a hook, re-enabled on another thread" 0 \
  "deny${tab}451${tab}TSREMAP_NO_REMAP${tab}-1" \
  "$host" "$plugins/describe.so" later <<'IN'
1.2.3.4 http://a/
IN

expect "a HEAD request" 0 "deny${tab}403${tab}TSREMAP_NO_REMAP_STOP${tab}0${tab}text/plain" \
  "$host" --method HEAD "$plugins/describe.so" <<'IN'
1.2.3.4 http://a/
IN

expect "a body above the limit" 0 \
  "above the limit of 10
deny${tab}403${tab}TSREMAP_NO_REMAP_STOP${tab}-1${tab}-" \
  "$host" --record proxy.config.body_factory.response_max_size=10 "$plugins/describe.so" <<'IN'
1.2.3.4 http://a/
IN

for length in 0 1 32768 1000000; do
  expect "an intercept of $length bytes" 0 \
    "deny${tab}403${tab}TSREMAP_NO_REMAP_STOP${tab}$length${tab}text/plain" \
    "$host" --threads 2 --repeat 3 --instances 2 "$plugins/intercept.so" "$length" <<'IN'
1.2.3.4 http://a/
IN
done

expect "JSON" 0 \
  '{"client":"1.2.3.4","url":"http://a/\"","verdict":"allow","status":0,"remap":"TSREMAP_NO_REMAP","body_length":-1,"content_type":null}' \
  "$host" --json "$plugins/empty.so" <<'IN'
1.2.3.4 http://a/"
IN

expect "answers that change" 4 \
  "answers differ between passes: status 403 or 0" \
  "$host" --repeat 2 "$plugins/fickle.so" <<'IN'
1.2.3.4 http://a/
IN

expect "a plugin that refuses" 1 \
  "TSRemapNewInstance failed: one parameter is needed" \
  "$host" "$plugins/intercept.so" </dev/null

expect "functions that the host lacks" 2 \
  "needs TSMgmtUpdateRegister, which this host does not supply
needs TSHostnameIsSelf, which this host does not supply" \
  "$host" "$plugins/missing.so" </dev/null

expect "no such plugin" 2 "no such file" "$host" "$plugins/none.so" </dev/null
expect "no plugin" 2 "usage: replay-host" "$host" </dev/null

if [ "$failures" -ne 0 ]; then
  echo "$failures tests of the replay host failed"
  exit 1
fi
echo "all tests of the replay host passed"
