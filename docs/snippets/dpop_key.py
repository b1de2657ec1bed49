"""Print a new private key for DPoP, as a JWK. The library joserfc is on PyPI."""

import json

from joserfc.jwk import ECKey

key = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"})
print(json.dumps(key.as_dict(private=True)))
