"""What importing the files must come to, told from the catalogue's own objects."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sample_catalogue.bad_rows import BadRow
from sample_catalogue.flat_files import FlatFile, first_lines
from sample_catalogue.products import Entity, Product, ProductModel
from sample_catalogue.values import raw_values


def canonical(found: Any) -> str:
    """Return JSON that is the same for equal values: keys sorted, no spaces."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def product_record(product: Product) -> dict[str, Any]:
    """Return a product as the catalogue must hold it."""
    return {
        "identifier": product.code,
        "family": product.family.code,
        "parent": product.parent,
        "enabled": product.enabled,
        "categories": sorted(product.categories),
        "groups": sorted(product.groups),
        "raw_values": raw_values(product.values),
        **_links(product),
    }


def model_record(model: ProductModel) -> dict[str, Any]:
    """Return a product model as the catalogue must hold it."""
    variant = model.family.variant
    return {
        "code": model.code,
        "family_variant": variant.code if variant else None,
        "parent": model.parent,
        "categories": sorted(model.categories),
        "raw_values": raw_values(model.values),
        **_links(model),
    }


def _links(entity: Entity) -> dict[str, Any]:
    return {
        "associations": {
            kind: {
                "products": sorted(links.products),
                "product_models": sorted(links.product_models),
                "groups": sorted(links.groups),
            }
            for kind, links in entity.links.items()
        },
        "quantified_associations": {
            kind: {"products": {part.identifier: part.quantity for part in parts}}
            for kind, parts in entity.quantities.items()
        },
    }


def json_lines(records: Iterable[dict[str, Any]]) -> str:
    """Return one canonical JSON document a line."""
    return "".join(canonical(record) + "\n" for record in records)


def structure_keys(files: Iterable[FlatFile]) -> str:
    """Return, as JSON, what each structure file is to create: codes, options as attribute/code."""
    return canonical(
        {
            file.name: ["/".join(filter(None, (r.get("attribute"), r["code"]))) for r in file.rows]
            for file in files
        }
    )


def refusals(file: FlatFile, bad: Sequence[BadRow]) -> list[dict[str, Any]]:
    """Return the warnings that the bad rows of a file must give, in its order.

    `line` is where the record begins, `record` is its text in the file.
    """
    records = file.records()
    lines = first_lines(records)
    mistakes = {id(row.cells): row for row in bad}
    return [
        {
            "line": lines[number],
            "column": mistake.column,
            "value": mistake.value,
            "kind": mistake.kind,
            "record": records[number],
        }
        for number, row in enumerate(file.rows, start=1)
        if (mistake := mistakes.get(id(row))) is not None
    ]


def expected_file(file: FlatFile, job_type: str, bad: Sequence[BadRow]) -> dict[str, Any]:
    """Return what one file's job must report: its counters on an empty catalogue, its warnings."""
    read = len(file.rows)
    return {
        "type": job_type,
        "sha256": digest("\n".join(file.records()) + "\n"),
        "counters": {
            "read": read,
            "created": read - len(bad),
            "updated": 0,
            "unchanged": 0,
            "skipped": 0,
            "invalid": len(bad),
        },
        "refused": refusals(file, bad),
    }


def digest(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
