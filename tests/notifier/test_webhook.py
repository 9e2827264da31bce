"""One POST to receivers that fail, hang, redirect and lie."""

import asyncio
import base64
import ssl
import subprocess
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from pimjob_notifier.errors import DeliveryError
from pimjob_notifier.reach import Reach
from pimjob_notifier.webhook import headers_of, post, read_keys
from support.receivers import Talk, says, talking
from support.signatures import signature

LOOPBACK = Reach(allowed=(ip_network("127.0.0.0/8"),))
KEY = "whsec_" + base64.b64encode(bytes(range(24))).decode()
OTHER_KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = b'{"id": "1"}'
OK = b"HTTP/1.1 200 OK\r\n"


def send(
    talk: Talk,
    *,
    host: str = "127.0.0.1",
    reach: Reach = LOOPBACK,
    tls: ssl.SSLContext | None = None,
) -> str:
    """Return why it was not delivered, nothing if it was."""

    async def run() -> None:
        async with talking(talk, tls) as port:
            scheme = "http" if tls is None else "https"
            await post(f"{scheme}://{host}:{port}/", BODY, {}, reach=reach, seconds=1)

    try:
        asyncio.run(run())
    except DeliveryError as error:
        return str(error)
    return ""


async def hangs(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(-1)


@pytest.mark.parametrize(
    "talk",
    [
        says(OK + b"Content-Length: 0\r\n\r\n"),
        says(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"),
        # What comes after the status line is not its business: it lies about its length, ...
        says(OK + b"Content-Length: 1000\r\n\r\nshort"),
        # ... has no end, ...
        says(OK + b"\r\n", *[b"x" * 2**20] * 64),
        # ... drips, ...
        says(OK + b"Content-Length: 60\r\n\r\n", *[b"x"] * 60, pause=0.5),
        # ... or is no compressed text.
        says(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
    ],
    ids=["ok", "accepted", "wrong length", "huge body", "slow body", "no gzip"],
)
def test_what_a_receiver_says_beyond_its_status_is_not_waited_for(talk: Talk) -> None:
    began = time.monotonic()
    assert send(talk) == ""
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        (says(b"HTTP/1.1 500 No\r\n\r\n"), "The receiver answers HTTP 500."),
        (says(b"HTTP/1.1 404 No\r\n\r\n"), "The receiver answers HTTP 404."),
        (
            says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"),
            "The receiver redirects, which is not followed: HTTP 302.",
        ),
        (says(), "The connection broke, or what came is no HTTP: ServerDisconnectedError."),
        (says(b"220 mail\r\n\r\n"), "The connection broke, or what came is no HTTP: "),
        (says(OK + b"X: " + b"x" * 2**20 + b"\r\n\r\n"), "The connection broke, or what came is"),
        (says(OK + b"A: b\r\n" * 10, *[b"X: y\r\n"] * 60, pause=0.1), "No answer within 1 s."),
        (says(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 60, pause=0.1), "No answer within 1 s."),
        (hangs, "No answer within 1 s."),
    ],
    ids=[
        *("500", "404", "redirect", "hangs up", "no HTTP", "huge head"),
        *("slow head", "100s", "hangs"),
    ],
)
def test_a_receiver_that_does_not_take_it_is_told_apart(talk: Talk, why: str) -> None:
    assert send(talk).startswith(why)


def test_nobody_listens() -> None:
    with pytest.raises(DeliveryError, match="No connection"):
        asyncio.run(post("http://127.0.0.1:1/", BODY, {}, reach=LOOPBACK, seconds=1))


def test_a_redirect_is_not_followed() -> None:
    followed = []

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        followed.append(1)
        await says(OK + b"\r\n")(reader, writer)

    async def run() -> None:
        async with talking(other) as there:
            to = f"HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:{there}/\r\n\r\n".encode()
            async with talking(says(to)) as here:
                with pytest.raises(DeliveryError, match="redirects"):
                    await post(f"http://127.0.0.1:{here}/", BODY, {}, reach=LOOPBACK, seconds=1)

    asyncio.run(run())
    assert followed == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"]
)
def test_no_name_and_no_notation_leads_inside(host: str) -> None:
    """`localhost` is a name that resolves to an inside address, as any name may at any time."""
    met = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(1)
        await says(OK + b"\r\n")(reader, writer)

    strict = Reach(denied=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
    refused = ("Not connected: ", "The address is no URL")
    assert send(talk, host=host, reach=strict).startswith(refused)
    assert send(talk, host=host, reach=Reach()).startswith(refused)
    assert met == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    why = "The TLS certificate is not trusted, or TLS is not spoken."
    assert send(says(OK + b"\r\n"), host="localhost", tls=tls) == why


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("999999999999", 86_400),
        ("soon", 0),
        ("-7", 0),
        ("", 0),
        (format_datetime(datetime(2000, 1, 1, tzinfo=UTC)), 0),
    ],
)
def test_a_receiver_says_when_to_come_again(header: str, seconds: float) -> None:
    head = f"HTTP/1.1 429 Later\r\nRetry-After: {header}\r\n\r\n".encode()

    async def run() -> None:
        async with talking(says(head)) as port:
            await post(f"http://127.0.0.1:{port}/", BODY, {}, reach=LOOPBACK, seconds=1)

    with pytest.raises(DeliveryError) as raised:
        asyncio.run(run())
    assert (raised.value.retry_after, raised.value.final) == (seconds, False)


def test_a_receiver_that_is_gone_gets_no_more() -> None:
    async def run() -> None:
        async with talking(says(b"HTTP/1.1 410 Gone\r\n\r\n")) as port:
            await post(f"http://127.0.0.1:{port}/", BODY, {}, reach=LOOPBACK, seconds=1)

    with pytest.raises(DeliveryError) as raised:
        asyncio.run(run())
    assert raised.value.final


def test_a_signature_is_what_the_standard_says_one_for_each_key() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
    headers = headers_of("abc", BODY, [KEY, OTHER_KEY], now)
    assert headers["webhook-timestamp"] == "1767323045"
    assert headers["webhook-id"] == "abc"
    assert headers["webhook-signature"].split() == [
        signature(key, "abc", "1767323045", BODY) for key in (KEY, OTHER_KEY)
    ]


def test_keys_are_as_long_as_the_standard_says() -> None:
    assert read_keys(f" {KEY}\n{OTHER_KEY}\n") == [KEY, OTHER_KEY]
    short = "whsec_" + base64.b64encode(b"short").decode()
    for text in ("", "secret", short, f"{KEY} {short}", " ".join([KEY] * 5), "whsec_%%%"):
        with pytest.raises(DeliveryError, match="whsec_") as raised:
            read_keys(text)
        assert base64.b64encode(b"short").decode() not in str(raised.value)
