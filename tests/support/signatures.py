"""Standard Webhooks' signature, with nothing but the standard library: a second opinion."""

import base64
import hashlib
import hmac


def signature(key: str, change: str, timestamp: str, body: bytes) -> str:
    """Sign a message as a receiver does that checks it."""
    secret = base64.b64decode(key.removeprefix("whsec_"))
    signed = hmac.new(secret, f"{change}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"
