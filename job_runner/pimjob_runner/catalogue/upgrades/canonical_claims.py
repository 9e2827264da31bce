"""A step of the migrations: what only one may have is compared by number, not by its digits."""

import logging

from pimjob_runner.catalogue.writing.claims import Claim, canonical_claim
from pimjob_runner.stores.database import Transaction

NAMED = 10

log = logging.getLogger(__name__)

_Claim = tuple[str, str, str]


def canonical_claims(transaction: Transaction) -> None:
    """Write numbers in claims in their one stored form.

    Where two are equal then, the first keeps the value; the other product is left as it is,
    and told in the log.
    """
    rows = transaction.query(
        "SELECT kind, scope, value FROM unique_value WHERE kind = 'attribute' AND scope IN"
        " (SELECT code FROM attribute WHERE CAST(data AS TEXT)"
        ' LIKE \'%"type":"pim_catalog_number"%\')'
        " OR kind = 'axes' AND value LIKE '%\"amount\":%' ORDER BY kind, scope, value"
    )
    there: set[_Claim] = {(kind, scope, value) for kind, scope, value in rows}
    doubles: list[_Claim] = []
    for claim in sorted(there):
        kind, scope, value = claim
        after = canonical_claim(Claim(kind, scope, value))
        if after == claim:
            continue
        if after in there:
            doubles.append(claim)
            continue
        there.add(after)
        transaction.execute(
            "UPDATE unique_value SET value = ? WHERE kind = ? AND scope = ? AND value = ?",
            (after[2], *claim),
        )
    if doubles:
        named = ", ".join(f"{scope} {value}" for _, scope, value in doubles[:NAMED])
        log.warning(
            "%d values that only one may have equal another one that is written otherwise: %s%s."
            " Change one of each pair when you can.",
            len(doubles),
            named,
            "" if len(doubles) <= NAMED else ", …",
        )
