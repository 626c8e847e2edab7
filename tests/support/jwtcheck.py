# SPDX-License-Identifier: Apache-2.0
"""What a relying party checks of a JWT: its signature by the issuer's keys. Claims are the caller's to judge."""
import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from . import servers


class Bad(Exception):
    pass


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token):
    """The claims, unverified."""
    try:
        head, body, _ = token.split(".")
        return json.loads(unb64(head)), json.loads(unb64(body))
    except ValueError:
        raise Bad("malformed")


def verified(token, issuer, ca=None):
    """The claims of a token that `issuer`, an address, has signed with RS256."""
    header, claims = claims_of(token)
    status, raw = servers.request("GET", issuer + "/.well-known/openid-configuration", ca=ca)
    if status != 200 or json.loads(raw)["issuer"] != issuer:
        raise Bad("no configuration")
    _, raw = servers.request("GET", json.loads(raw)["jwks_uri"], ca=ca)
    jwk = next((k for k in json.loads(raw)["keys"] if k["kid"] == header.get("kid") and k["kty"] == "RSA"), None)
    if not jwk or header.get("alg") != "RS256":
        raise Bad("no such key")
    key = rsa.RSAPublicNumbers(*(int.from_bytes(unb64(jwk[n]), "big") for n in ("e", "n"))).public_key()
    signed, _, signature = token.rpartition(".")
    try:
        key.verify(unb64(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Bad("signature")
    return claims


def audiences(claims):
    aud = claims.get("aud", [])
    return aud if isinstance(aud, list) else [aud]
