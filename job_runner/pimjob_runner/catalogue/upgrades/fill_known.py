"""A step of the migrations: what older catalogues only name gets a row of its own."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pimjob_runner.catalogue.codes import fold
from pimjob_runner.catalogue.defaults import CURRENCIES, GROUP_TYPE, LOCALES, OTHER_ATTRIBUTES
from pimjob_runner.stores.database import Transaction


def fill_known(transaction: Transaction) -> None:
    """Add the locales and currencies of channels, types of groups, and groups of attributes."""
    channels = _data(transaction, "channel")
    locales = [code for channel in channels for code in channel.get("locales", ())]
    currencies = [code for channel in channels for code in channel.get("currencies", ())]
    types = [data.get("type") for data in _data(transaction, "product_group")]
    groups = [data.get("group") for data in _data(transaction, "attribute")]
    _add(transaction, "locale", [*locales, *LOCALES], {})
    _add(transaction, "currency", [*currencies, *CURRENCIES], {"activated": True})
    _add(transaction, "group_type", [*types, GROUP_TYPE], {})
    _add(transaction, "attribute_group", [*groups, OTHER_ATTRIBUTES], {})


def _data(transaction: Transaction, table: str) -> list[dict[str, Any]]:
    rows = transaction.query(f"SELECT CAST(data AS TEXT) FROM {table} ORDER BY code")  # noqa: S608 - constants
    return [json.loads(text) for (text,) in rows]


def _add(
    transaction: Transaction, table: str, codes: Iterable[str | None], data: Mapping[str, Any]
) -> None:
    """Add those that are named, each once: in the spelling that comes first."""
    known = {fold(code): code for code in reversed([code for code in codes if code])}
    text = json.dumps(data, separators=(",", ":"))
    transaction.execute_many(
        f"INSERT INTO {table} (code, data) VALUES (?, ?)",  # noqa: S608 - constants
        [(code, text) for code in sorted(known.values())],
    )
