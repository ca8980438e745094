#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install-plugin.sh PLUGIN PLUGINDIR [DESTDIR]: puts the plugin into Traffic Server's plugin directory.
# Overwrites a file of a Debian package only with FORCE=1. Keeps a copy of each overwritten file beside it, and
# overwrites no copy.
set -eu

plugin=$1
directory=$2
root=${3:-}
name=${plugin##*/}

if [ -z "$directory" ]; then
  echo "install: no plugin directory: install trafficserver-dev, or give PLUGINDIR=…" >&2
  exit 1
fi
target=$(realpath -m -- "$root$directory")/$name

# Whether the administrator has diverted the package's file to another name.
is_diverted() {
  for path in "$target" "${target#/usr}" "/usr$target"; do
    if [ "$(dpkg-divert --listpackage "$path" 2>/dev/null)" = LOCAL ]; then return; fi
  done
  return 1
}

# The package that owns the file at this path; nothing if it is diverted.
owner_of() {
  command -v dpkg-query >/dev/null || return 0
  if is_diverted; then return 0; fi
  # dpkg may know a file of a merged /usr with or without that prefix.
  for path in "$1" "${1#/usr}" "/usr$1"; do
    package=$(dpkg-query --search "$path" 2>/dev/null | grep -v '^diversion by ' | sed 's/: .*//' | head -n 1)
    if [ -n "$package" ]; then
      echo "$package"
      return 0
    fi
  done
}

# If a package diverts the name, the other package's file has the name that FORCE would use for a copy.
for path in "$target" "${target#/usr}" "/usr$target"; do
  diverter=$(dpkg-divert --listpackage "$path" 2>/dev/null || true)
  case $diverter in
  "" | LOCAL) ;;
  *)
    echo "install: $target is diverted by the package $diverter; nothing was changed" >&2
    exit 1
    ;;
  esac
done

exists() { [ -e "$1" ] || [ -L "$1" ]; }

if [ -d "$target" ] && [ ! -L "$target" ]; then
  echo "install: $target is a directory; nothing was changed" >&2
  exit 1
fi
owner=
kept=
exists "$target" && owner=$(owner_of "$target")
if [ -n "$owner" ] && [ "${FORCE:-}" != 1 ]; then
  cat >&2 <<MESSAGE
install: $target belongs to the package $owner; nothing was changed.
To put ours in its place so that it survives upgrades of the package:
    dpkg-divert --local --rename --divert $target.stock --add $target
    make install
To overwrite it until the next upgrade of the package: make install FORCE=1
To install elsewhere, and name the whole path in remap.config: make install PLUGINDIR=…
MESSAGE
  exit 1
fi

mkdir -p -- "${target%/*}"

free_copy() {
  number=1
  while exists "$target.before-$number"; do number=$((number + 1)); done
  echo "$target.before-$number"
}

# An existing copy of the file, or a free name for one.
copy_of_target() {
  for copy in "$target.stock" "$target".before-*; do
    if cmp -s -- "$target" "$copy"; then
      echo "$copy"
      return
    fi
  done
  free_copy
}

# Whether the file is unchanged from its package.
is_packaged() { [ -n "$owner" ] && ! dpkg --verify "$owner" | grep -q "/$name\$"; }

if exists "$target" && ! cmp -s -- "$plugin" "$target"; then
  if is_packaged; then
    kept=$target.stock
    # The existing copy is from another version of the package.
    if exists "$kept" && ! cmp -s -- "$target" "$kept"; then mv -- "$kept" "$(free_copy)"; fi
  else
    kept=$(copy_of_target)
  fi
  exists "$kept" || cp -pP -- "$target" "$kept"
fi

# The rename is atomic: a proxy that loads the plugin meanwhile gets the old file or the new one.
new=$(mktemp -- "${target%/*}/.$name.XXXXXX")
trap 'rm -f -- "$new"' EXIT
cp -- "$plugin" "$new"
chmod 0644 -- "$new"
mv -f -- "$new" "$target"
trap - EXIT

echo "Installed $target."
if [ -n "$kept" ]; then
  echo "The file that was there is kept as $kept. To go back:"
  echo "    mv $kept $target"
fi
if is_diverted; then
  echo "The file of the package is $target.stock. To go back to it:"
  echo "    rm $target"
  echo "    dpkg-divert --local --rename --remove $target"
elif exists "$target.stock" && [ "$kept" != "$target.stock" ]; then
  echo "The file of the package is kept as $target.stock. To go back to it:"
  echo "    mv $target.stock $target"
elif [ -z "$kept" ]; then
  echo "To go back: rm $target"
fi
[ -z "$owner" ] || echo "An upgrade of $owner overwrites ours; dpkg-divert(1) prevents that."
echo "Traffic Server loads a replaced plugin when it restarts, or reloads a changed remap.config."
