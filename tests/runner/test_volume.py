"""Which files of the volume a URL can name."""

from pathlib import Path

import pytest

from pimjob_runner.storages.volume import NoSuchFileError, file_name, resolve

OUTSIDE = "is not inside the upload folder of the files volume, /data/in"
NO_NAME = "can be no file's name"
ABSENT = "does not exist"
OTHERS = ("executions/other/input/source.csv", "catalog.db", "backup/catalog.db", "information.csv")
LINKS = {
    "to-the-database": "../catalog.db",
    "to-all": "..",
    "round": "round",
    "a.csv": "b/p q#1.csv",
}


@pytest.fixture(scope="module")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A volume with files of jobs and of the database, an upload, and links."""
    root = tmp_path_factory.mktemp("volume")
    for name in (*OTHERS, "in/b/p q#1.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"sku")
    for link, target in LINKS.items():
        (root / "in" / link).symlink_to(target)
    return root


@pytest.mark.parametrize(
    ("url", "says"),
    [
        *((f"file:///data/{name}", OUTSIDE) for name in OTHERS),
        ("file:///data/in", OUTSIDE),
        ("file:///data/in/", OUTSIDE),
        ("file:///data/../../etc/passwd", OUTSIDE),
        ("file:///data/in/../catalog.db", OUTSIDE),
        ("file:///data/in/%2e%2e/catalog.db", OUTSIDE),
        ("file:///data/in/..%2fcatalog.db", OUTSIDE),
        ("file:///data//etc/passwd", OUTSIDE),
        ("file:///etc/passwd", OUTSIDE),
        ("https:///data/in/a.csv", OUTSIDE),
        ("file:///data/in/to-the-database", OUTSIDE),
        ("file:///data/in/to-all/catalog.db", OUTSIDE),
        ("file:///data/in/round", NO_NAME),
        ("file:///data/in/a%00b", NO_NAME),
        ("file:///data/in/a\0b", NO_NAME),
        ("file:///data/in/\ud800", NO_NAME),
        ("file:///data/in/" + "a" * 256, NO_NAME),
        ("file:///data/in/" + "%61" * 256, NO_NAME),
        ("file:///data/in/" + "a/" * 2500, NO_NAME),
        ("file://[/data/in/a.csv", NO_NAME),
        ("file:///data/in/a.csv?b", "a question mark is written as %3F"),
        ("file:///data/in/a.csv#b", "a number sign as %23"),
        ("file:///data/in/" + "aa/" * 330, ABSENT),
        ("file:///data/in/b", ABSENT),
        ("file:///data/in/a.csv/b", ABSENT),
    ],
    ids=lambda value: ascii(value)[1:40],
)
def test_what_nobody_has_uploaded_is_refused_in_a_sentence(
    volume: Path, url: str, says: str
) -> None:
    with pytest.raises(NoSuchFileError) as refused:
        _ = resolve(url, volume).size
    assert says in str(refused.value)
    assert refused.value.reason == ("SourceNotFound" if says == ABSENT else "InvalidSource")
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("name", ["b/p%20q%231.csv", "a.csv", "b/../a.csv"])
def test_files_of_the_upload_folder_are_found_and_links_within_it_are_followed(
    volume: Path, name: str
) -> None:
    found = resolve(f"file:///data/in/{name}", volume)
    assert found.path == volume / "in" / "b" / "p q#1.csv"
    assert found.size == 3


def test_an_upload_folder_that_is_a_link_names_nothing(tmp_path: Path) -> None:
    """Whoever may write into the volume could otherwise lead it anywhere."""
    (tmp_path / "in").symlink_to(".")
    (tmp_path / "catalog.db").touch()
    with pytest.raises(NoSuchFileError, match="is not inside the upload folder"):
        resolve("file:///data/in/catalog.db", tmp_path)


def test_people_see_the_name_that_they_gave() -> None:
    assert file_name("file:///data/in/b/p%20q%231.csv") == "p q#1.csv"
