"""Runs the migrations against the application's database."""

import importlib
from pathlib import Path
from typing import Any

from alembic import context
from flask import current_app

from crm.db import Base, UtcDateTime, db
from crm.index import is_described

CRM = Path(__file__).resolve().parent.parent / "crm"
importlib.import_module("crm.history")
for models in sorted(CRM.glob("*/models.py")):
    importlib.import_module(f"crm.{models.parent.name}.models")


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Migrations import nothing from `crm`: our own types are written as SQLAlchemy's."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=True,
            include_name=is_described,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


assert current_app
run()
