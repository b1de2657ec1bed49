"""Create a key for DPoP in dpop-key.json; print its public part and its thumbprint (RFC 7638)."""

import json
from pathlib import Path

from joserfc.jwk import ECKey

key = ECKey.generate_key("P-256", {"alg": "ES256"})
file = Path("dpop-key.json")
file.touch(mode=0o600, exist_ok=False)  # only for this user; an existing key is not overwritten
file.write_text(json.dumps(key.as_dict(private=True)))
print("public key:", json.dumps(key.as_dict(private=False)))
print("thumbprint:", key.thumbprint())
