"""A year after a kit is over nobody can tell who wrote to whom; the numbers are what they were."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.kits.acting import forgetting, queries, results
from crm.kits.acting.models import ActKind, KitAct, KitReader, Reply
from tests.make import EARLY, Make

YEAR = timedelta(days=366)


def _acted(make: Make, **facts: object) -> tuple[object, KitReader]:
    """A kit that was over the day after EARLY, and a reader known by name who wrote and had an answer."""
    kit = make.kit(deadline=(EARLY + timedelta(days=1)).date(), **facts)
    person = make.person("Ada", organisation=(angers := make.organisation("Angers")))
    reader = make.add(
        KitReader(
            kit_id=kit.id, token="way-back", person_id=person.id, organisation_id=angers.id,
            constituency="49-01", keeps_name=True, acted_at=EARLY, made_at=EARLY,
        )
    )  # fmt: skip
    one = make.parliamentarian()
    for kind, reply in ((ActKind.WROTE, None), (ActKind.REPLIED, Reply.MEETING)):
        make.add(
            KitAct(
                kit_id=kit.id, reader_id=reader.id, parliamentarian_id=one.id, kind=kind, reply=reply,
                words="Reçue mardi", at=EARLY.replace(hour=7, minute=41),
            )
        )  # fmt: skip
    return kit, reader


def test_the_detail_goes_and_the_numbers_stay(session: Session, make: Make) -> None:
    kit, reader = _acted(make)
    before = queries.tallies(kit)  # type: ignore[arg-type]
    told = results.of(kit)  # type: ignore[arg-type]
    assert forgetting.forget(at=EARLY + timedelta(days=300)) == 0
    assert forgetting.forget(at=EARLY + YEAR + timedelta(days=1)) == 1
    session.commit()
    session.refresh(reader)
    assert (reader.person_id, reader.organisation_id, reader.constituency, reader.keeps_name) == (
        None, None, "", False,
    )  # fmt: skip
    assert reader.token != "way-back"
    for act in session.scalars(select(KitAct)):
        assert act.words == "" and (act.at.hour, act.at.minute) == (12, 0)
    after = results.of(kit)  # type: ignore[arg-type]
    assert queries.tallies(kit) == before  # type: ignore[arg-type]
    assert (after.letters, after.replied) == (told.letters, told.replied) == (1, 1)
    assert forgetting.forget(at=EARLY + 2 * YEAR) == 0


def test_a_kit_that_still_runs_keeps_what_its_readers_said(session: Session, make: Make) -> None:
    _kit, reader = _acted(make)
    session.get_one(type(_kit), _kit.id).deadline = None  # type: ignore[attr-defined]
    session.commit()
    assert forgetting.forget(at=EARLY + 3 * YEAR) == 0
    session.refresh(reader)
    assert reader.person_id is not None
