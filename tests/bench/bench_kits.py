"""The page of a kit with the reader's deputy and senators, for a hundred readers, served by one process.

Each of the hundred opens a page, reads for some seconds, and opens the next: twenty-five pages a second
come in, unevenly. The figure is what 95 of 100 pages take, waiting included. The floor is a bare
Flask view on the same database: one Core query for the same four people and a Jinja page with their letters.
"""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from statistics import quantiles
from typing import Any

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from crm.db import db
from crm.demo import parliament
from crm.kits import services
from crm.kits.acting import services as acting
from crm.kits.letters import mailto
from crm.kits.parliament.models import Chamber, Parliamentarian
from crm.kits.services import Told
from crm.settings import services as settings
from tests.bench.bench_lists import AT, p50
from tests.bench.harness import Verdict, at_most, job, under
from tests.bench.serving import served

READERS, PAGES, PAUSE = 100, 4, 4.0  # pages each, seconds of reading between two
DEPARTMENTS = ("29", "33", "35", "44", "49", "56", "59", "69", "75")
LETTER = "{{civilite}},\n\n" + "Nous vous demandons de soutenir l’ouverture des données. " * 12
FLOOR = """<!doctype html><title>{{ kit }}</title>
{% for one in rows %}<article><h4>{{ one.given_name }} {{ one.family_name }}</h4><p>{{ one.group_name }}</p>
<a href="{{ mailto("Objet", letter, to=one.email) }}">Ouvrir</a>
<div>{{ letter }}</div></article>{% endfor %}"""


@job("Kit with the reader's parliamentarians, 100 readers, one web process")
def kit_page(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        slug, engine = _kit(), db.engine
    address = f"/k/{slug}?constituency=49-01"
    reader, bare = app.test_client(), _bare(engine).test_client()
    assert _page(reader, address).count("mailto:") >= 4
    ours, floor = p50(lambda: _page(reader, address), lambda: _page(bare, "/"))
    yield at_most(25, ours, floor, part="against a bare view, nobody else")
    environ = {
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    with served("wsgi:app", environ) as port:
        _open(port, address)
        with ThreadPoolExecutor(READERS) as crowd:
            read = crowd.map(lambda number: _read(port, slug, number), range(READERS))
            took = [page for pages in read for page in pages]
    assert len(took) == READERS * PAGES
    yield under(100, quantiles(took, n=20)[-1] * 1000, "ms", part="p95, 100 readers")


def _kit() -> str:
    settings.set_up(name="Bench")
    parliament.load(chance=Random(1))
    told = Told(title="Ouvrir les données", letter_subject="Objet", letter_body=LETTER)
    kit = services.create(told, by="bench", at=AT)
    services.publish(kit, by="bench", at=AT)
    for number, group in enumerate(("ARC", "BOC", "CLA")):
        acting.write_letter(
            kit, None, label=f"Version {number}", chamber=Chamber.ASSEMBLY, group=group, committee="",
            named=[], subject="Objet", body=LETTER, short="",
        )  # fmt: skip
    chair = db.session.scalars(select(Parliamentarian).limit(1)).one()
    acting.add_target(kit, chair, reason="Présidente de la commission")
    db.session.commit()
    return kit.slug


def _read(port: int, slug: str, number: int) -> list[float]:
    """How long each page took for one reader."""
    chance = Random(number)
    took = []
    for _ in range(PAGES):
        time.sleep(chance.uniform(0, 2 * PAUSE))
        place = f"department={chance.choice(DEPARTMENTS)}" if chance.random() < 0.5 else "constituency=49-01"
        took.append(_open(port, f"/k/{slug}?{place}"))
    return took


def _open(port: int, address: str) -> float:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", address)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    assert answer.status == 200 and "mailto:" in page
    return time.perf_counter() - began


def _page(client: FlaskClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.text


def _bare(engine: Engine) -> Flask:
    bare = Flask("bare")
    columns = (
        Parliamentarian.given_name,
        Parliamentarian.family_name,
        Parliamentarian.group_name,
        Parliamentarian.email,
    )
    rows = select(*columns).where(Parliamentarian.seat.in_(("49-01", "49")))

    @bare.get("/")
    def index() -> str:
        with engine.connect() as connection:
            found: Any = connection.execute(rows).all()
            return render_template_string(FLOOR, kit="Kit", rows=found, letter=LETTER, mailto=mailto)

    return bare
