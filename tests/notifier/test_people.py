"""E-mail to a real server on loopback, and what Apprise is kept from."""

import asyncio
import email
import email.policy
import time
from collections.abc import Iterator
from email.message import EmailMessage
from ipaddress import ip_network
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from pimjob_notifier.errors import DeliveryError
from pimjob_notifier.people import CHATS, MAIL, Letter, deliver
from pimjob_notifier.reach import Reach
from support.control_plane import free_port
from support.receivers import says, talking

LOOPBACK = Reach(allowed=(ip_network("127.0.0.0/8"),))
BODY = "Message: <b>Daily</b> & more\nType: numbers"
FROM = "from=pim@example.com"


class Mailbox:
    """What a mail server has taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if "full@example.com" in envelope.rcpt_tos:
            return "452 4.2.2 mailbox full"
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.taken.append((envelope.rcpt_tos, parsed))
        return "250 OK"


@pytest.fixture(scope="module")
def smtp() -> Iterator[Controller]:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def letter(url: str, *to: str) -> Letter:
    return Letter(url=url, to=to, change="0123", title="Daily has failed", body=BODY)


def refusal(
    found: Letter, *, reach: Reach = LOOPBACK, schemas: frozenset[str] = MAIL, seconds: float = 20
) -> str:
    with pytest.raises(DeliveryError) as raised:
        asyncio.run(deliver(found, schemas=schemas, reach=reach, seconds=seconds))
    return str(raised.value)


def test_a_mail_arrives(smtp: Controller) -> None:
    url = f"mailto://127.0.0.1:{smtp.port}?{FROM}&to=somebody@else.example&format=html"
    found = letter(url, "julia@example.com", "team@example.com")
    asyncio.run(deliver(found, schemas=MAIL, reach=LOOPBACK, seconds=20))
    taken = smtp.handler.taken
    assert [to for to, _ in taken] == [["julia@example.com"], ["team@example.com"]]
    told = taken[0][1]
    assert (told["Subject"], told["X-PimJobs-Id"]) == ("Daily has failed", "0123")
    assert "pim@example.com" in told["From"]
    assert told.get_content_type() == "text/plain"
    assert told.get_content().replace("\r\n", "\n").strip() == BODY


def test_a_mail_server_that_refuses_is_told(smtp: Controller) -> None:
    url = f"mailto://127.0.0.1:{smtp.port}?{FROM}"
    assert refusal(letter(url, "full@example.com")) == "The server or service did not take it."


def test_a_mail_server_inside_is_not_connected_to(smtp: Controller) -> None:
    before = len(smtp.handler.taken)
    for host in ("127.0.0.1", "localhost"):
        url = f"mailtos://{host}:{smtp.port}?{FROM}"
        assert "is inside" in refusal(letter(url, "a@example.com"), reach=Reach())
    assert len(smtp.handler.taken) == before


def test_without_tls_only_what_is_allowed_is_connected_to() -> None:
    url = f"mailto://192.0.2.1:25?{FROM}"
    assert "without TLS" in refusal(letter(url, "a@example.com"), reach=Reach())
    chat = "mmost://192.0.2.1/token"
    assert "without TLS" in refusal(letter(chat), schemas=CHATS, reach=Reach())


def test_a_chat_service_inside_is_not_connected_to() -> None:
    assert "is inside" in refusal(letter("mmosts://127.0.0.1/token"), schemas=CHATS, reach=Reach())


@pytest.mark.parametrize(
    "url", ["json://a.example", "file:///tmp/x", "syslog://", "exec://rm", "apprise://a.example/k"]
)
def test_only_known_services_are_used(url: str) -> None:
    assert refusal(letter(url), schemas=CHATS).startswith("The address in the Secret must begin")


@pytest.mark.parametrize(
    "option",
    [
        *("verify=no", "redirect=yes", "Verify=no", "pgp=sign"),
        *("verify=", "verify", "a=1;verify=no", "%20verify=no", "VERIFY%20=no", "verify%09=no"),
        *("a=1;redirect=yes", "a=1;template=/var/run/token"),
    ],
)
def test_an_address_cannot_weaken_what_is_checked(option: str) -> None:
    url = f"mailtos://127.0.0.1?{FROM}&{option}"
    assert "has options that are not taken" in refusal(letter(url, "a@example.com"))


def test_a_chat_service_is_not_followed_elsewhere_and_told_by_its_status() -> None:
    async def run() -> None:
        async with talking(
            says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")
        ) as at:
            url = f"mmost://127.0.0.1:{at}/token"
            await deliver(letter(url), schemas=CHATS, reach=LOOPBACK, seconds=20)

    with pytest.raises(DeliveryError) as raised:
        asyncio.run(run())
    assert str(raised.value) == "The server or service did not take it: HTTP 302."


def test_a_server_that_says_nothing_is_left_and_so_is_one_that_says_too_much() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    endless = says(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 2**20] * 150)

    async def run(talk: Any, schema: str, seconds: float) -> None:
        async with talking(talk) as at:
            url = f"{schema}://127.0.0.1:{at}/token?{FROM}"
            schemas = MAIL | CHATS
            await deliver(
                letter(url, "a@b.example"), schemas=schemas, reach=LOOPBACK, seconds=seconds
            )

    began = time.monotonic()
    with pytest.raises(DeliveryError, match="Not delivered within 2 s"):
        asyncio.run(run(silent, "mailto", 2))
    # Not when Apprise itself would have given up.
    assert time.monotonic() - began < 10
    with pytest.raises(DeliveryError):
        asyncio.run(run(endless, "mmost", 20))
