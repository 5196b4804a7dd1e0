"""The floor of public registration: a bare Flask view that locks the event, counts, and inserts one row.

Served by the same gunicorn on the same database: `FLOOR_DATABASE` names it.
"""

import os

from flask import Flask, request
from sqlalchemy import create_engine, event, text

app = Flask("floor")
engine = create_engine(os.environ.get("FLOOR_DATABASE", "sqlite://"), pool_size=8)
IS_SQLITE = engine.dialect.name == "sqlite"

if IS_SQLITE:

    @event.listens_for(engine, "connect")
    def _open(raw: object, _record: object) -> None:
        raw.isolation_level = None  # type: ignore[attr-defined]
        for pragma in ("journal_mode = WAL", "busy_timeout = 15000", "synchronous = FULL"):
            raw.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]


@app.post("/")
def register() -> str:
    with engine.begin() as connection:
        lock = "" if IS_SQLITE else " FOR UPDATE"
        capacity = connection.execute(text(f"SELECT capacity FROM floor_events WHERE id = 1{lock}")).scalar()
        taken = connection.execute(
            text("SELECT count(*) FROM floor_seats WHERE event_id = 1 AND seat = 'confirmed'")
        ).scalar()
        seat = "confirmed" if (taken or 0) < (capacity or 0) else "waiting"
        connection.execute(
            text("INSERT INTO floor_seats (event_id, email, seat) VALUES (1, :email, :seat)"),
            {"email": request.form["email"], "seat": seat},
        )
    return seat
