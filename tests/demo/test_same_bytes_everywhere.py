"""The generator depends on its arguments and nothing else."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from make_catalogue import up_to_date, write
from sample_catalogue.catalogue import make_catalogue

SCRIPT = Path(__file__).resolve().parents[2] / "dev" / "demo" / "make_catalogue.py"


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def generate(folder: Path, *arguments: str, hash_seed: str) -> dict[str, str]:
    subprocess.run(
        [sys.executable, SCRIPT, folder, "--products", "60", *arguments],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
    )
    return digests(folder)


def test_processes_with_other_hash_seeds_write_the_same_bytes(tmp_path: Path) -> None:
    first = generate(tmp_path / "a", hash_seed="1")
    second = generate(tmp_path / "b", hash_seed="2")
    assert first == second


def test_another_seed_gives_another_catalogue(tmp_path: Path) -> None:
    first = generate(tmp_path / "a", "--seed", "1", hash_seed="0")
    second = generate(tmp_path / "b", "--seed", "2", hash_seed="0")
    assert first["products.csv"] != second["products.csv"]


@pytest.mark.parametrize("wanted", [1, 7, 120])
def test_it_makes_exactly_as_many_products_as_asked_for(wanted: int) -> None:
    text = make_catalogue(wanted, 1).files["expected/products.jsonl"].decode()
    assert text.count("\n") == wanted


def test_an_untouched_folder_is_up_to_date(tmp_path: Path) -> None:
    write(make_catalogue(5, 1), tmp_path)
    assert up_to_date(tmp_path, 5, 1)


def test_a_folder_of_other_arguments_is_not_up_to_date(tmp_path: Path) -> None:
    write(make_catalogue(5, 1), tmp_path)
    assert not up_to_date(tmp_path, 6, 1)
    assert not up_to_date(tmp_path, 5, 2)


def test_a_folder_with_an_edited_file_is_not_up_to_date(tmp_path: Path) -> None:
    write(make_catalogue(5, 1), tmp_path)
    with (tmp_path / "products.csv").open("a", encoding="utf-8") as file:
        file.write("X-1\n")
    assert not up_to_date(tmp_path, 5, 1)


def test_an_empty_folder_is_not_up_to_date(tmp_path: Path) -> None:
    assert not up_to_date(tmp_path, 5, 1)
