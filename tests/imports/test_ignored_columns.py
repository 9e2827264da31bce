"""Which columns of the reference PIM mean nothing here, by entity."""

import pytest

from pimjob_runner.catalogue.ignored_columns import ignored_columns


@pytest.mark.parametrize(
    ("entity", "columns", "ignored"),
    [
        ("product", ("sku", "updated", "dqi_quality_score"), ("updated", "dqi_quality_score")),
        ("product", ("dqi_quality_scores", "updated-en_US"), ()),
        ("product_model", ("DQI_Quality_Score-en_US-print",), ("DQI_Quality_Score-en_US-print",)),
        ("attribute", ("guidelines-en_US", "guidelines"), ("guidelines-en_US", "guidelines")),
        ("attribute", ("code", "required", "label-en_US"), ("required",)),
        ("category", ("required", "updated"), ("updated",)),
        ("nothing", ("updated",), ()),
    ],
)
def test_ignored_columns(entity: str, columns: tuple[str, ...], ignored: tuple[str, ...]) -> None:
    assert ignored_columns(entity, columns) == ignored
