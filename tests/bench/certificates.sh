#!/bin/sh
# Creates a CA and a server certificate that it signs, both P-256, in the folder $1: ca.pem, server.pem
# and server.key.
set -eu
mkdir -p "$1"
cd "$1"
exec 2>log

ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
# shellcheck disable=SC2086 # several arguments
openssl req -x509 $ec -days 3650 -subj "/CN=Benchmark CA" -keyout ca.key -out ca.pem \
    -addext keyUsage=critical,keyCertSign
# shellcheck disable=SC2086
openssl req -new $ec -subj "/CN=localhost" -keyout server.key -out server.csr
# server.test and 198.18.0.2 are the server behind the relay; see lib/distant.py and lib/network.py.
echo 'subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:server.test,IP:198.18.0.2' >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \
    -extfile server.ext -out server.pem
