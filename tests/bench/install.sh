#!/bin/sh
# Installs the Debian packages of the alternatives that the benchmark measures, as root, if any are
# missing.
set -eu
packages='binutils ca-certificates libboost-dev libcjson-dev libcpp-httplib-dev libcurl4-openssl-dev
    libssl-dev nginx nlohmann-json3-dev openssl python3-venv strace'

missing=
for package in $packages; do
    dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "make bench needs these packages. As root, run: apt-get install$missing" >&2
    exit 1
fi
# Keep the system's nginx from starting; the benchmark starts its own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
fi
echo "== installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list
apt-get install -y -qq --no-install-recommends $missing >/dev/null
