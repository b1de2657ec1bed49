mkdir -p image/certificates
tar -xf authlete-fail-*-linux-musl-x86_64.tar.gz -C image --strip-components 2 --wildcards '*/bin/authlete-fail-sandbox'
