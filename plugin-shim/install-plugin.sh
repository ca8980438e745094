#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install-plugin.sh PLUGIN PLUGINDIR [DESTDIR]: puts the plugin into Traffic Server's plugin directory.
# A file that a Debian package owns is left alone unless FORCE=1; then it is kept beside ours.
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

# The package whose file is at this path; nothing where the path is diverted for the administrator, since
# the package's file is then elsewhere.
owner_of() {
  command -v dpkg-query >/dev/null || return 0
  # dpkg may know a file of a merged /usr with or without that prefix.
  for path in "$1" "${1#/usr}" "/usr$1"; do
    if [ "$(dpkg-divert --listpackage "$path" 2>/dev/null)" = LOCAL ]; then
      return 0
    fi
  done
  for path in "$1" "${1#/usr}" "/usr$1"; do
    package=$(dpkg-query --search "$path" 2>/dev/null | grep -v '^diversion by ' | sed 's/: .*//' | head -n 1)
    if [ -n "$package" ]; then
      echo "$package"
      return 0
    fi
  done
}

# A package that diverts the name keeps the file of another where FORCE would keep it.
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

owner=
kept=
[ -e "$target" ] && owner=$(owner_of "$target")
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
if [ -n "$owner" ]; then
  kept=$target.stock
  # Where the file is no longer as packaged, it is ours, and the package's was kept before.
  if [ ! -e "$kept" ] || ! dpkg --verify "$owner" | grep -q "/$name\$"; then
    cp -p -- "$target" "$kept"
  fi
fi

# A proxy that loads the plugin meanwhile sees the old file or the new one, never half of one.
new=${target%/*}/.$name.$$
trap 'rm -f -- "$new"' EXIT
cp -- "$plugin" "$new"
chmod 0644 -- "$new"
mv -f -- "$new" "$target"
trap - EXIT

echo "Installed $target."
if [ -n "$kept" ]; then
  echo "The file of $owner is kept as $kept. To go back:"
  echo "    mv $kept $target"
  echo "An upgrade of $owner overwrites ours; dpkg-divert(1) prevents that."
elif [ -e "$target.stock" ]; then
  echo "The file of the package is $target.stock. To go back:"
  echo "    rm $target"
  echo "    dpkg-divert --local --rename --remove $target"
else
  echo "To go back: rm $target"
fi
echo "Traffic Server takes up a replaced plugin when it restarts, or reloads a changed remap.config."
