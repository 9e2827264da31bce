"""The catalogue in which jobs meet, made once for each kind of database."""

from pathlib import Path

import psycopg
import pytest

from support.meetings.ground import Ground, ground
from support.meetings.job import Place
from support.meetings.shop import SHOP


@pytest.fixture(scope="session")
def sqlite_shop(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("sqlite")
    files = folder / "shop"
    files.mkdir()
    return ground(Place(f"sqlite:///{files / 'catalog.db'}", files), folder, SHOP)


@pytest.fixture(scope="session")
def postgresql_shop(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("postgresql")
    (folder / "shop").mkdir()
    url = f"postgresql:///{{}}?host={postgres_server}&user=postgres"
    with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE meeting_shop")
    return ground(Place(url.format("meeting_shop"), folder / "shop"), folder, SHOP)


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest) -> Ground:
    """The shop, on each kind of database in turn."""
    found: Ground = request.getfixturevalue(f"{request.param}_shop")
    return found


@pytest.fixture
def orders_folder(tmp_path: Path) -> Path:
    return tmp_path / "orders"
