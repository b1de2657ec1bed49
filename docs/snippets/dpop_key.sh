# Creates a key for DPoP in dpop-key.json; prints its public part and its thumbprint (RFC 7638).
set -eu
set -C    # an existing key is not overwritten
umask 077 # the file is only for this user
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
# RFC 5915: the private key follows 7 bytes; the public key is at the end, x and y with 32 bytes each.
openssl ecparam -name prime256v1 -genkey -noout -outform DER -out "$folder/key"
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
member() { tail -c "+$1" "$folder/key" | head -c 32 | base64url; }
members="\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"$(member 58)\",\"y\":\"$(member 90)\""
echo "{\"alg\":\"ES256\",$members,\"d\":\"$(member 8)\"}" > dpop-key.json
echo "public key: {\"alg\":\"ES256\",$members}"
echo "thumbprint: $(printf '{%s}' "$members" | openssl sha256 -binary | base64url)"
