#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Tests of the replay host with the plugins in test-plugins. Argument: the build directory.
set -u
host=$1/replay-host
plugins=$1/test-plugins
failures=0

# expect NAME EXIT OUTPUT COMMAND…: runs the command, with this function's standard input. Its exit
# code must be EXIT, and its output and error output must contain each line of OUTPUT.
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

expect "an allowed request" 0 "1.2.3.4${tab}http://a.example/x${tab}allow${tab}0" \
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

expect "answers that change" 4 \
  "answers differ between passes: status 403 or 0, remap 0 or 0, body length 13 or -1" \
  "$host" --repeat 2 "$plugins/fickle.so" <<'IN'
1.2.3.4 http://a.example/
IN

expect "a plugin that refuses" 1 "TSRemapNewInstance failed: it takes no parameters" \
  "$host" "$plugins/fickle.so" parameter </dev/null

expect "no such plugin" 2 "no such file" "$host" "$plugins/none.so" </dev/null
expect "no plugin" 2 "usage: replay-host" "$host" </dev/null

if [ "$failures" -ne 0 ]; then
  echo "$failures tests of the replay host failed"
  exit 1
fi
echo "all tests of the replay host passed"
