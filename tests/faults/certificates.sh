#!/bin/sh
# Creates the certificates of the fault suite in the folder $1: NAME.pem with NAME.key. Unless their
# name says otherwise, they are for localhost and 127.0.0.1, and signed by ca.pem.
set -eu
cd "$1"
exec 2>log

san='subjectAltName=DNS:localhost,IP:127.0.0.1'
ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256'

# request NAME KEY-ARGUMENTS…
request() {
    name=$1; shift
    openssl req -new -nodes -subj "/CN=localhost" -keyout "$name.key" -out "$name.csr" "$@"
}

# authority NAME: a self-signed CA
authority() {
    openssl req -x509 -nodes $ec -days 3650 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
}

# sign NAME ISSUER EXTENSIONS [ARGUMENTS…]: signs an existing request
sign() {
    name=$1 issuer=$2; printf '%b\n' "$3" > "$name.ext"; shift 3
    openssl x509 -req -in "$name.csr" -CA "$issuer.pem" -CAkey "$issuer.key" -CAcreateserial \
        -days 365 -extfile "$name.ext" -out "$name.pem" "$@"
}

leaf() { request "$1" $ec; sign "$@"; }

# dated NAME FROM UNTIL
dated() {
    request "$1" $ec
    : > index.txt; echo 1000 > serial
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\n%s\n' "$san" > ca.conf
    openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in "$1.csr" -out "$1.pem" \
        -notext -startdate "$2" -enddate "$3"
}

authority ca
authority other-ca
leaf intermediate ca 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign'
leaf good ca "$san"
request good-rsa -newkey rsa:2048; sign good-rsa ca "$san"
request good-ed25519 -newkey ed25519; sign good-ed25519 ca "$san"
leaf missing-intermediate intermediate "$san"
cat missing-intermediate.pem intermediate.pem > good-chain.pem
cp missing-intermediate.key good-chain.key
dated expired 20200101000000Z 20210101000000Z
dated not-yet-valid 20900101000000Z 20910101000000Z
leaf wrong-host ca 'subjectAltName=DNS:other.example'
leaf name-only ca 'keyUsage=digitalSignature'
leaf wrong-address ca 'subjectAltName=IP:127.0.0.2'
openssl req -x509 -nodes $ec -days 365 -subj /CN=localhost -addext "$san" \
    -addext basicConstraints=critical,CA:FALSE \
    -keyout self-signed.key -out self-signed.pem
leaf unknown-issuer other-ca "$san"
leaf for-clients ca "$san\nextendedKeyUsage=clientAuth"
leaf authority-as-server ca "$san\nbasicConstraints=critical,CA:TRUE"
leaf sha1 ca "$san" -sha1
request rsa-1024 -newkey rsa:1024; sign rsa-1024 ca "$san"
leaf critical-extension ca "$san\n1.2.3.4=critical,ASN1:NULL"
leaf client ca 'extendedKeyUsage=clientAuth'
request client-rsa -newkey rsa:2048; sign client-rsa ca 'extendedKeyUsage=clientAuth'
leaf other-client other-ca 'extendedKeyUsage=clientAuth'
