#!/bin/sh
# check.sh FOLDER_OF_PACKAGES
# Installs the packages in a clean Debian, builds C programs there, and removes the packages. Needs root.
# The Debian system is created for this run, from the network.
set -eu
here=$(dirname "$0")
log=$1/check.log
. /etc/os-release
mmdebstrap --quiet --variant=apt --format=null --include=cmake,curl,gcc,libc6-dev,make,pkgconf \
    --customize-hook="mkdir \"\$1/packages\" && cp $1/*.deb $here/installed.sh $here/../../README.md \"\$1/packages\"" \
    --customize-hook='chroot "$1" sh -c "apt-get install --quiet --yes /packages/*.deb"' \
    --customize-hook='chroot "$1" sh /packages/installed.sh' \
    --customize-hook='chroot "$1" apt-get purge --quiet --yes "*authlete-fail*"' \
    --customize-hook='! find "$1/etc" "$1/usr" "$1/var" -name "*authlete*fail*" | grep .' \
    "$VERSION_CODENAME" /dev/null >"$log" 2>&1 || { cat "$log"; exit 1; }
grep '^[a-z-]*: \(a response\|three responses\)$' "$log"
