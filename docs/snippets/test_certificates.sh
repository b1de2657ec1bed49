#!/bin/sh
# test_certificates.sh FOLDER [NAME…]: creates certificates for tests, valid for 30 days, in the folder.
#
#   ca.pem                  the CA certificate that clients trust ("caFile")
#   server.pem, server.key  the server's certificate and its key, for localhost, 127.0.0.1, ::1 and each NAME
#   client.pem, client.key  a client certificate and its key, for mTLS ("clientCertFile", "clientKeyFile")
set -eu
mkdir -p "$1"
cd "$1"
shift
names=DNS:localhost,IP:127.0.0.1,IP:::1
for name; do names=$names,DNS:$name; done

# A CA. Its certificate is CA:TRUE, so no server may present it.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Test CA' \
    -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem

# issue NAME SUBJECT EXTENSIONS: a key, and a certificate that the CA signs.
issue() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
        -keyout "$1.key" -out "$1.csr"
    printf 'basicConstraints=critical,CA:FALSE\n%s\n' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem"
}
issue server localhost "extendedKeyUsage=serverAuth
subjectAltName=$names"
issue client 'Test client' extendedKeyUsage=clientAuth
