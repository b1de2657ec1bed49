#!/bin/sh
# loader.sh ARCH FOLDER: puts musl's loader for another architecture, from Debian, into a folder for qemu -L.
#
# apt gets its own configuration and folders, so the machine's package lists and architectures do not change.
set -eu
folder=$(realpath -m "$2")
test ! -e "$folder/lib" || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$folder"
cat >"$work/apt.conf" <<CONF
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Sandbox::User "";
Dir::State::lists "$work/lists";
Dir::State::status "/dev/null";
Dir::Cache "$work";
CONF
cd "$work"
export APT_CONFIG="$work/apt.conf"
apt-get --quiet=2 update
apt-get --quiet=2 download musl
dpkg --extract musl_*.deb "$work/root"
mv "$work/root/lib" "$folder/lib"
