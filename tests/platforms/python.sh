#!/bin/sh
# python.sh FOLDER ARCHITECTURE QEMU: unpacks Debian's Python for another architecture. FOLDER/usr/bin/python3 is a
# script that runs it under qemu-user, also from a venv: Python finds the venv by its own path.
set -eu
folder=$(realpath -m "$1")
qemu=$(command -v "$3")
. /etc/os-release
rm -rf "$folder"
mkdir -p "${folder%/*}"
mmdebstrap --quiet --architectures="$2" --variant=extract --include=python3-venv "$VERSION_CODENAME" "$folder"
python=$(readlink "$folder/usr/bin/python3")
rm "$folder/usr/bin/python3"
printf '#!/bin/sh\nexec %s -L %s -0 "$0" %s/usr/bin/%s "$@"\n' "$qemu" "$folder" "$folder" "$python" \
    >"$folder/usr/bin/python3"
chmod 755 "$folder/usr/bin/python3"
"$folder/usr/bin/python3" --version
