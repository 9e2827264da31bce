"""Delivers to a webhook: one POST, signed as Standard Webhooks says. Trusts no answer.

Only the status line counts: what the receiver says beyond it is not read, a redirect is not
followed, and whatever is slow is cut off.
"""

import asyncio
import socket
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
from standardwebhooks import Webhook

from pimjob_notifier.errors import DeliveryError
from pimjob_notifier.reach import ForbiddenAddressError, Reach

KEY_BYTES = range(24, 65)
"""How long a signing key may be, as Standard Webhooks says."""
MOST_KEYS = 4
LONGEST_WAIT_SECONDS = 24 * 3600.0
_PREFIX = "whsec_"


def headers_of(change: str, body: bytes, keys: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the headers of one attempt: `change` is the id that stays the same."""
    signed = (Webhook(key).sign(change, now, body.decode()) for key in keys)
    return {
        "Content-Type": "application/cloudevents+json; charset=UTF-8",
        "User-Agent": "pimjobs",
        "webhook-id": change,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def read_keys(text: str) -> list[str]:
    """Read the signing keys of a Secret. Raises DeliveryError."""
    keys = text.split()
    if not keys or len(keys) > MOST_KEYS or not all(_is_key(key) for key in keys):
        raise DeliveryError(
            f"The signing key must be {_PREFIX} and 24 to 64 bytes in base64; at most {MOST_KEYS}"
            " of them, separated by blanks."
        )
    return keys


async def post(
    url: str, body: bytes, headers: dict[str, str], *, reach: Reach, seconds: float
) -> None:
    """Deliver. Raises DeliveryError."""
    connector = aiohttp.TCPConnector(
        socket_factory=_sockets(reach, in_the_clear=url.startswith("http://")), force_close=True
    )
    try:
        # In all, not from byte to byte: a drop now and then keeps nobody waiting.
        async with (
            asyncio.timeout(seconds),
            aiohttp.ClientSession(connector=connector) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            _judge(answer.status, answer.headers.get("Retry-After", ""))
    except TimeoutError:
        raise DeliveryError(f"No answer within {seconds:.0f} s.") from None
    except (aiohttp.ClientError, ValueError, OSError) as error:
        raise DeliveryError(_reason(error)) from None


def _is_key(text: str) -> bool:
    try:
        return text.startswith(_PREFIX) and (
            len(b64decode(text.removeprefix(_PREFIX), validate=True)) in KEY_BYTES
        )
    except NotBase64Error:
        return False


def _sockets(reach: Reach, *, in_the_clear: bool) -> aiohttp.SocketFactoryType:
    def make(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        reach.check(str(address[0]), in_the_clear=in_the_clear)
        return socket.socket(family, kind, protocol)

    return make


def _judge(status: int, retry_after: str) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status == HTTPStatus.GONE:
        raise DeliveryError("The receiver wants no more: HTTP 410.", final=True)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise DeliveryError(f"The receiver redirects, which is not followed: HTTP {status}.")
    raise DeliveryError(f"The receiver answers HTTP {status}.", retry_after=_seconds(retry_after))


def _seconds(retry_after: str) -> float:
    """Read the header: seconds, or a date."""
    if retry_after.isdecimal():
        return min(float(retry_after[:9]), LONGEST_WAIT_SECONDS)
    try:
        date = parsedate_to_datetime(retry_after)
        return min(max((date - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
    except (ValueError, TypeError):
        return 0.0


def _reason(error: BaseException) -> str:
    """Say what went wrong without the address, which may be a secret."""
    forbidden = _forbidden(error)
    if forbidden is not None:
        return f"Not connected: {forbidden}."
    if isinstance(error, aiohttp.InvalidURL):
        return "The address is no URL that can be used."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "The host's name is not known."
    if isinstance(
        error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)
    ):
        return "The TLS certificate is not trusted, or TLS is not spoken."
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"No connection: {error.os_error.strerror or type(error.os_error).__name__}."
    return f"The connection broke, or what came is no HTTP: {type(error).__name__}."


def _forbidden(error: BaseException | None) -> ForbiddenAddressError | None:
    """Return the refusal of an address in a chain of causes."""
    while error is not None:
        if isinstance(error, ForbiddenAddressError):
            return error
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
    return None
