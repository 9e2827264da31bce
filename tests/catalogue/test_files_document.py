"""docs/files.md says what imports take."""

from pimjob_runner.catalogue.entities.all import ENTITIES
from support.files import FILE, document


def test_the_document_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "Run make generate."


def test_it_has_every_column_of_every_kind() -> None:
    text = document()
    for entity in ENTITIES:
        part = text.split(f"`csv_{entity.name}_import`\n")[1].split("\n## ")[0]
        for field in (*entity.keys, *entity.fields):
            assert f"| `{field.name}" in part, (entity.name, field.name)
