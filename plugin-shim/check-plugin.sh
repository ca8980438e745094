#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# check-plugin.sh PLUGIN: checks that PLUGIN is a self-contained Traffic Server plugin. Reports each
# broken rule on standard error; exits 1 if there is any.
set -u
export LC_ALL=C

plugin=$1
name=${plugin##*/}
broken=0

fail() {
  echo "$name: $1" >&2
  broken=1
}

[ -r "$plugin" ] || {
  echo "$plugin: no such file" >&2
  exit 2
}
for tool in readelf ldd; do
  command -v $tool >/dev/null || {
    echo "check-plugin.sh: needs $tool" >&2
    exit 2
  }
done

symbols=$(readelf --dyn-syms --wide "$plugin" | awk '$1 ~ /^[0-9]+:$/ && $8 != ""')
dynamic=$(readelf --dynamic --wide "$plugin")

# It exports the entry points of a remap plugin and nothing else.
exports=$(echo "$symbols" | awk '$7 != "UND" && $7 != "ABS" { sub(/@.*/, "", $8); print $8 }' | sort -u)
for entry in TSRemapInit TSRemapNewInstance TSRemapDeleteInstance TSRemapDoRemap; do
  echo "$exports" | grep -qx "$entry" || fail "does not export $entry"
done
for symbol in $(echo "$exports" | grep -v '^TSRemap[A-Z]' | head -n 10); do
  fail "exports $symbol: only TSRemap* may be seen from outside (exports.map)"
done

# It needs three libraries and the C and C++ run time, but no Swift library.
needed=$(echo "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for library in $needed; do
  case $library in
  libmaxminddb.so.* | libyaml-0.so.* | libpcre2-8.so.*) ;;
  libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | librt.so.*) ;;
  libstdc++.so.* | libgcc_s.so.* | ld-linux*.so.*) ;;
  *) fail "needs $library: only libmaxminddb, libyaml, libpcre2-8 and the C/C++ run time may be needed" ;;
  esac
done

# Its undefined symbols come from Traffic Server or the needed libraries. (C++ names: the API of version 10.)
for symbol in $(ldd -r "$plugin" 2>&1 | sed -n 's/^undefined symbol: *\([^ 	]*\).*/\1/p' | sort -u |
  grep -Ev '^_?TS[A-Z_a-z]|^_Z[0-9]+_?TS|^_ZN?K?[0-9]*6DbgCtl'); do
  fail "has the undefined symbol $symbol, which is neither Traffic Server's nor in a needed library"
done
for library in $(ldd "$plugin" 2>&1 | sed -n 's/^[ 	]*\([^ ]*\) => not found.*/\1/p' | sort -u); do
  fail "needs $library, which this system does not have"
done

# Traffic Server unloads plugins, and a Swift run time can't be unloaded.
echo "$dynamic" | grep -q 'FLAGS_1.*NODELETE' || fail "can be unloaded: link with -z nodelete"
echo "$dynamic" | grep -q 'FLAGS_1.*NOW' || fail "binds lazily: link with -z now"
readelf --program-headers --wide "$plugin" | grep -q GNU_RELRO || fail "has no GNU_RELRO: link with -z relro"

paths=$(echo "$dynamic" | sed -n 's/.*(\(RPATH\|RUNPATH\)).*\[\(.*\)\]/\1 \2/p')
[ -z "$paths" ] || fail "carries a library path ($paths)"

exit $broken
