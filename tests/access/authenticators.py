"""A passkey or security key in software, for tests: it says of itself what its maker chose."""

import base64
import hashlib
import json
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def written(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """`apart`: reached over USB or NFC. `synced`: may be copied. `unlocked`: asks for a finger or PIN."""

    def __init__(self, *, apart=False, synced=False, unlocked=True, origin="http://localhost"):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id, self.count, self.origin = secrets.token_bytes(32), 0, origin
        self.attachment = "cross-platform" if apart else "platform"
        self.flags = UP | (UV if unlocked else 0) | ((BE | BS) if synced else 0)
        self.user = ""

    def create(self, options):
        asked = options["publicKey"]
        self.user = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.private.public_key())
        made = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(self._site(asked["rp"]["id"]), self.flags | AT, 0, bytes(made))
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": bytes(data)})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": written(client), "attestationObject": written(attestation)})

    def get(self, options):
        asked = options["publicKey"]
        self.count += 1
        data = bytes(AuthenticatorData.create(self._site(asked["rpId"]), self.flags, self.count))
        client = self._client("webauthn.get", asked["challenge"])
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"authenticatorData": written(data), "signature": written(signed), "userHandle": self.user}
        return self._answer({"clientDataJSON": written(client), **said})

    def _site(self, name):
        return hashlib.sha256(name.encode()).digest()

    def _client(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response):
        return json.dumps(
            {
                "id": written(self.id),
                "rawId": written(self.id),
                "type": "public-key",
                "authenticatorAttachment": self.attachment,
                "response": response,
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )
