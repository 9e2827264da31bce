"""Delivers one PimNotification as its PimNotifier says, with what the namespace's Secrets hold."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import NotFoundError, RefusedError
from pimjob_notifier import message, webhook
from pimjob_notifier.errors import DeliveryError, NobodyToTellError
from pimjob_notifier.people import CHATS, MAIL, Letter, deliver
from pimjob_notifier.settings import Settings

Object = Mapping[str, Any]


class Delivery:
    """Reads a PimNotifier and its Secrets anew each time: what is changed there holds at once."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    async def notifier_of(self, row: Object) -> Object:
        """Return the spec of a message's PimNotifier. Raises NobodyToTellError if it is gone."""
        namespace, name = row["metadata"]["namespace"], row["spec"]["notifier"]
        try:
            found = await self._client.get(paths.pimnotifiers(namespace, name))
        except NotFoundError:
            raise NobodyToTellError(f"The PimNotifier {name} is gone.") from None
        spec: Object = found["spec"]
        return spec

    async def deliver(self, row: Object, notifier: Object) -> None:
        """Deliver. Raises DeliveryError, NobodyToTellError, ApiError."""
        if "webhook" in notifier:
            await self._post(row, notifier["webhook"])
        elif "mail" in notifier:
            await self._mail(row, notifier["mail"])
        else:
            url = await self._secret(row, notifier["chat"]["url"])
            await self._tell(row, url, (), CHATS)

    async def _post(self, row: Object, spec: Object) -> None:
        url = spec.get("url") or await self._secret(row, spec["urlFrom"])
        if not url.startswith(("https://", "http://")):
            raise DeliveryError("The webhook's address in the Secret must begin with https://.")
        keys = webhook.read_keys(await self._secret(row, spec["signingKey"]))
        body = message.cloud_event(row)
        await webhook.post(
            url,
            body,
            webhook.headers_of(row["spec"]["id"], body, keys, datetime.now(UTC)),
            reach=self._settings.reach,
            seconds=self._settings.webhook_seconds,
        )

    async def _mail(self, row: Object, spec: Object) -> None:
        receivers = list(spec.get("to") or ())
        if "users" in spec:
            receivers += await self._address_of_user(row, spec["users"])
        if not receivers:
            raise NobodyToTellError("There is no address for whoever launched the job.")
        url = await self._secret(row, spec["server"])
        await self._tell(row, url, tuple(dict.fromkeys(receivers)), MAIL)

    async def _tell(
        self, row: Object, url: str, to: tuple[str, ...], schemas: frozenset[str]
    ) -> None:
        letter = Letter(
            url=url,
            to=to,
            change=row["spec"]["id"],
            title=message.title(row),
            body=message.body(row),
        )
        await deliver(
            letter,
            schemas=schemas,
            reach=self._settings.reach,
            seconds=self._settings.people_seconds,
        )

    async def _address_of_user(self, row: Object, key: Object) -> list[str]:
        try:
            known = yaml.safe_load(await self._secret(row, key)) or {}
        except yaml.YAMLError:
            known = None
        if not isinstance(known, dict):
            raise DeliveryError(f"{_named(key)} must hold lines like `julia: julia@example.com`.")
        address = known.get(row["spec"]["data"].get("user"))
        return [address] if isinstance(address, str) and "@" in address else []

    async def _secret(self, row: Object, key: Object) -> str:
        """Return a value of a Secret of the message's namespace."""
        try:
            found = await self._client.get(paths.secrets(row["metadata"]["namespace"], key["name"]))
            return b64decode(found["data"][key["key"]]).decode().strip()
        except NotFoundError:
            raise DeliveryError(f"There is no Secret {key['name']}.") from None
        except RefusedError:
            raise DeliveryError(
                f"The Secret {key['name']} may not be read: add it to notifier.secretNames."
            ) from None
        except (KeyError, TypeError):
            raise DeliveryError(f"{_named(key)} is missing.") from None
        except UnicodeDecodeError:
            raise DeliveryError(f"{_named(key)} is no text.") from None


def destination_of(notifier: Object) -> str:
    """Return what kind of destination a PimNotifier has."""
    return next((name for name in ("webhook", "mail", "chat") if name in notifier), "none")


def _named(key: Object) -> str:
    return f"Key {json.dumps(key['key'])} of Secret {key['name']}"
