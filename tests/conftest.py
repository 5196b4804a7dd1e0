"""What every test stands on: an application on a database that was migrated once, emptied each time.

Each test that touches the database runs on SQLite, and again on PostgreSQL when TEST_DATABASE_URL
names a server (with CI=true a server must be named).
"""

import gc
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

import config
from crm import clock
from crm.accounts import passwords
from crm.app import create_app
from crm.db import db
from crm.web import catalogues
from tests.emptying import empty, keep_the_house
from tests.make import Make
from tests.pages import Browser

SERVER = os.environ.get("TEST_DATABASE_URL")
IN_CI = os.environ.get("CI") == "true"
ENGINES = ["sqlite", *(["postgresql"] if SERVER else [])]


# A run that decides on a change tries the same examples each time; others look for new ones. How busy
# the machine is says nothing of what is tested.
BUSY = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("dev", suppress_health_check=BUSY)
hypothesis.settings.register_profile("ci", derandomize=True, suppress_health_check=BUSY)
hypothesis.settings.load_profile("ci" if IN_CI else "dev")


def pytest_configure(config: pytest.Config) -> None:
    # A quarter of the processor's time went into looking for garbage among what lasts until the end.
    gc.disable()
    gc.set_threshold(50_000, 20, 50)
    if IN_CI and not SERVER:
        raise pytest.UsageError("CI needs PostgreSQL: name a server in TEST_DATABASE_URL")
    # As strong as in production would make every test wait.
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    for domain in catalogues.stale():
        catalogues.compile_(domain)


def pytest_collection_finish() -> None:
    _nothing_here_is_garbage()
    gc.enable()


def _nothing_here_is_garbage() -> None:
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    return f"databases: {', '.join(ENGINES)}" + (
        "" if SERVER else " (PostgreSQL LEFT OUT: set TEST_DATABASE_URL)"
    )


@pytest.fixture(scope="session", params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database of this kind, gone afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.db'}"
        return
    server = make_url(str(SERVER)).set(drivername="postgresql+psycopg")
    name = f"maillage_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def settings(database: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of the application under test."""
    folder = tmp_path_factory.mktemp("data")
    environ = {"DATA_DIR": str(folder), "DATABASE_URL": database, "SECRET_KEY": "t" * 16 + uuid.uuid4().hex}
    return {**config.load(environ), "TESTING": True, "PROPAGATE_EXCEPTIONS": False}


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates as the first one compiled them who needed them, for every application of every worker."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture(scope="session")
def migrated(settings: dict[str, Any], compiled: FileSystemBytecodeCache) -> Iterator[Flask]:
    app = create_app(settings)
    app.jinja_env.bytecode_cache = compiled
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            # Tests need no rows to survive a power cut.
            event.listen(db.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous = OFF"))
        upgrade()
        # A migration may bring rows along; tests begin with none but the purposes of the house.
        keep_the_house(db.engine)
    _nothing_here_is_garbage()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(migrated: Flask) -> Iterator[Flask]:
    """The application on an empty database."""
    yield migrated
    with migrated.app_context():
        db.session.remove()
        empty(db.engine)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session for tests of rules; never together with `client`."""
    with app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def make(app: Flask) -> Make:
    return Make(app)


def sign_in(client: FlaskClient, right: str, **facts: Any) -> Any:
    """Hold a sign-in open in the client's browser, as the sign-in page does."""
    from crm.accounts import services

    app = client.application
    account = Make(app).account(right, **{"email": f"{right}@example.org", "name": right.title(), **facts})
    with app.app_context():
        db.session().expire_on_commit = False
        token = services.begin(account, at=clock.now(), network="127.0.0.1", agent="test")
        db.session.commit()
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = token, True
    return account


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser; `client.as_("staff")` signs it in."""
    return Browser(app.test_client(), sign_in)


@pytest.fixture
def data_dir(migrated: Flask) -> Path:
    return Path(migrated.config["DATA_DIR"])
