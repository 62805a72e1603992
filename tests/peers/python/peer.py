"""Reads one JSON command a line, answers one JSON line: {"ok": …} or {"error": "…"}.
What each command takes is written once, in tests/peers/README.md."""

import json
import sys

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier


def issue(key, typ, claims, frame, holder=None):
    return SDJWTIssuer(
        marked(claims, frame),
        JWK(**key),
        JWK(**holder) if holder else None,
        sign_alg=algorithm(key),
        add_decoy_claims="_sd_decoy" in json.dumps(frame),
        extra_header_parameters={"typ": typ},
    ).sd_jwt_issuance


def present(sd_jwt, show, key=None, nonce=None, aud=None, iat=None):
    # The library takes `iat` from its own clock.
    holder = SDJWTHolder(sd_jwt)
    holder.create_presentation(
        positions(show), nonce, aud, JWK(**key) if key else None, algorithm(key) if key else None
    )
    return holder.sd_jwt_presentation


def verify(text, issuer, nonce=None, aud=None, now=None):
    verifier = SDJWTVerifier(text, lambda _issuer, _header: JWK(**issuer))
    if nonce:
        # The constructor would check the key binding as ES256 whatever the holder's key is.
        # This is the same method, told the algorithm of the key in `cnf`.
        holder = verifier._holder_public_key_payload["jwk"]
        verifier._verify_key_binding_jwt(aud, nonce, sign_alg=algorithm(holder))
    typ = token(text.split("~")[0]).jose_header.get("typ")
    return {"claims": verifier.get_verified_payload(), "typ": typ}


def jws_sign(key, header, payload):
    jws = JWS(payload)
    jws.add_signature(JWK(**key), protected=json.dumps({"alg": algorithm(key), **header}))
    return jws.serialize(compact=True)


def jws_verify(key, token):
    jws = JWS()
    jws.deserialize(token, JWK(**key), alg=algorithm(key))
    return {"header": jws.jose_header, "payload": jws.payload.decode()}


def thumbprint(key):
    return JWK(**key).thumbprint()


def algorithm(key):
    return "EdDSA" if key["kty"] == "OKP" else "ES256"


def token(text):
    jws = JWS()
    jws.deserialize(text)
    return jws


def marked(value, frame):
    """The claims with everything wrapped in SDObj that the frame names in `_sd`."""
    if not frame:
        return value
    hidden = frame.get("_sd", [])
    if isinstance(value, list):
        inner = [marked(item, frame.get(str(index))) for index, item in enumerate(value)]
        return [SDObj(item) if index in hidden else item for index, item in enumerate(inner)]
    return {
        SDObj(name) if name in hidden else name: marked(item, frame.get(name))
        for name, item in value.items()
    }


def positions(show):
    """The library wants a list where the command has an object with positions for names."""
    if not isinstance(show, dict):
        return show
    inner = {name: positions(item) for name, item in show.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner.get(str(index)) for index in range(1 + max(map(int, inner)))]
    return inner


COMMANDS = {f.__name__: f for f in (issue, present, verify, jws_sign, jws_verify, thumbprint)}

for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = {"ok": COMMANDS[command.pop("op")](**command)}
    except Exception as error:  # whatever a library raises is its refusal
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
