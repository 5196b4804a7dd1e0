"""The migrations make the schema that the models describe."""

import os
import subprocess
import sys
from pathlib import Path

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from crm.db import db
from crm.index import is_described


def test_the_migrated_schema_is_the_one_the_models_describe(app: Flask) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with app.app_context(), db.engine.connect() as connection:
        how = {"compare_type": True, "render_as_batch": True, "include_name": is_described}
        context = MigrationContext.configure(connection, opts=how)
        assert compare_metadata(context, db.metadata) == []


def test_there_is_one_head(app: Flask) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    settings = Config()
    settings.set_main_option("script_location", app.extensions["migrate"].directory)
    assert len(ScriptDirectory.from_config(settings).get_heads()) == 1


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
        upgrade()
        assert "people" in inspect(db.engine).get_table_names()


def test_the_command_line_has_the_migrations(tmp_path: Path) -> None:
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    environ = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    subprocess.run([*flask, "db", "upgrade"], env=environ, check=True, capture_output=True)
    told = subprocess.run([*flask, "db", "current"], env=environ, check=True, capture_output=True, text=True)
    assert "(head)" in told.stdout
