"""DPoP keys made by joserfc and jwcrypto, and proofs verified by both (RFC 9449)."""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any, Callable, Optional

import joserfc.jwk
import joserfc.jws
import jwcrypto.jwk
import jwcrypto.jws

Jwk = dict[str, Any]

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""The private members of a JWK, of all key types."""

ALGORITHMS: dict[str, tuple[str, Any]] = {
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "PS256": ("RSA", 2048),
    "RS256": ("RSA", 3072),
}
"""The key type of each algorithm, and the curve or the size."""


def make_with_joserfc(key_type: str, size: Any) -> Jwk:
    return joserfc.jwk.JWKRegistry.generate_key(key_type, size, private=True).as_dict(private=True)


def make_with_jwcrypto(key_type: str, size: Any) -> Jwk:
    option = {"size": size} if key_type == "RSA" else {"crv": size}
    made: Jwk = json.loads(jwcrypto.jwk.JWK.generate(kty=key_type, **option).export())
    return made


MAKERS: dict[str, Callable[[str, Any], Jwk]] = {
    "joserfc": make_with_joserfc,
    "jwcrypto": make_with_jwcrypto,
}


@cache
def make(alg: str, maker: str = "joserfc") -> Jwk:
    """Return a private key for the algorithm."""
    return {**MAKERS[maker](*ALGORITHMS[alg]), "alg": alg}


def secrets(key: Jwk) -> list[str]:
    """Return the private values of a key."""
    return [value for name, value in key.items() if name in PRIVATE]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    assert "=" not in text
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


@dataclass
class Proof:
    header: dict[str, Any]
    claims: dict[str, Any]


def verified(proof: str, key: Jwk) -> Proof:
    """Return the content of a proof after both libraries have verified it with its own `jwk`."""
    by_joserfc, by_jwcrypto = verified_by_joserfc(proof, key), verified_by_jwcrypto(proof, key)
    assert by_joserfc == by_jwcrypto
    jwk = by_joserfc.header["jwk"]
    assert not [name for name in PRIVATE if name in jwk]
    assert not [secret for secret in secrets(key) if secret in proof]
    return by_joserfc


class Registry(joserfc.jws.JWSRegistry):
    # The default, 512, is less than the header with the public key of an RSA key needs.
    max_header_length = 2048


def verified_by_joserfc(proof: str, key: Jwk) -> Proof:
    with warnings.catch_warnings():
        # joserfc warns about EdDSA, because RFC 9864 deprecates the name.
        warnings.simplefilter("ignore")
        header = json.loads(decoded(proof.partition(".")[0]))
        jwk = joserfc.jwk.JWKRegistry.import_key(header["jwk"])
        registry = Registry(algorithms=[key["alg"]], strict_check_header=False)
        verified = joserfc.jws.deserialize_compact(proof, jwk, registry=registry)
    assert not jwk.is_private
    assert jwk.thumbprint() == joserfc.jwk.JWKRegistry.import_key(key).thumbprint()
    return Proof(verified.headers(), json.loads(verified.payload))


def verified_by_jwcrypto(proof: str, key: Jwk) -> Proof:
    verified = jwcrypto.jws.JWS()
    verified.allowed_algs = [key["alg"]]
    verified.deserialize(proof)
    jwk = jwcrypto.jwk.JWK(**verified.jose_header["jwk"])
    verified.verify(jwk, alg=key["alg"])
    assert not jwk.has_private
    private = {name: value for name, value in key.items() if name != "alg"}
    assert jwk.thumbprint() == jwcrypto.jwk.JWK(**private).thumbprint()
    return Proof(verified.jose_header, json.loads(verified.payload))


def check(
    proof: Proof, method: str, url: str, token: str, now: float, nonce: Optional[str] = None
) -> str:
    """Check the header and the claims of the proof in a request. Returns its `jti`."""
    assert proof.header["typ"] == "dpop+jwt"
    assert set(proof.header) == {"typ", "alg", "jwk"}
    claims = dict(proof.claims)
    jti = str(claims.pop("jti"))
    assert len(decoded(jti)) * 8 >= 96
    assert isinstance(claims["iat"], int)
    assert abs(claims.pop("iat") - now) < 60
    assert claims == {
        "htm": method,
        "htu": url,
        "ath": base64url(hashlib.sha256(token.encode()).digest()),
        **({} if nonce is None else {"nonce": nonce}),
    }
    return jti
