"""Who gets a mailing, put together from parts, and why each of the others gets nothing."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import clock
from crm.db import db
from crm.directory.models import SavedView, Tag
from crm.directory.services import tags
from crm.events.models import Answer, Attendance, Mode, Registration, Seat
from crm.mail import purposes, wishes
from crm.mail.models import Delivery, DeliveryState, Permission
from crm.mail.wishes import Shown
from crm.mailings import queries, services, tasks
from crm.mailings.audiences import forgetting, parts, reckoning
from crm.mailings.audiences import services as audiences
from crm.mailings.audiences.models import AudiencePart, Exclusion, Fate, How, PartKind
from crm.mailings.models import Mailing, MailingState
from tests.make import EARLY, Make
from tests.outbox import send_due
from tests.pages import Browser

DAY = clock.day(EARLY)
LATER = EARLY + timedelta(hours=2)
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def _mailing(**facts: Any) -> Mailing:
    facts = {"subject_fr": "Lettre", "body_fr": "<p>Bonjour</p>", **facts}
    return services.create(at=EARLY, **facts)


def _part(kind: PartKind, key: int | None = None, how: How | None = None) -> AudiencePart:
    return AudiencePart(kind=kind, key=key, how=how, filter="")


def _add(mailing: Mailing, part: AudiencePart, *, out: bool = False, by: Any = None) -> AudiencePart:
    return audiences.add(mailing, part, is_excluded=out, by=by, at=EARLY)


def _list(mailing: Mailing, querystring: str, *, out: bool = False, by: Any = None) -> AudiencePart:
    return _add(mailing, parts.of_list(querystring), out=out, by=by)


def _fates(mailing: Mailing) -> dict[str, Fate]:
    """By name, what becomes of everybody in the audience."""
    everyone = queries.audience(mailing, day=DAY)
    from crm.directory.models import Person

    rows = select(Person.given_name, everyone.c.fate).join(everyone, everyone.c.person_id == Person.id)
    return {name: Fate(fate) for name, fate in mailing_session().execute(rows)}


def mailing_session() -> Session:
    from crm.db import db

    return db.session()


def _left(session: Session) -> list[str]:
    session.commit()
    return sorted(message.to for message in send_due(at=LATER))


def test_parts_are_put_together_and_what_is_left_out_is_left_out_of_all(session: Session, make: Make) -> None:
    elected, press = make.add(Tag(name="élus")), make.add(Tag(name="presse"))
    make.person("Ada", language="en", tags=[elected])
    make.person("Bob", language="fr", tags=[elected, press])
    make.person("Cléo", language="fr")
    mailing = _mailing()
    _list(mailing, "language=en")
    _list(mailing, "tag=élus")
    out = _list(mailing, "tag=presse", out=True)
    assert _fates(mailing) == {"Ada": Fate.WRITTEN_TO, "Bob": Fate.EXCLUDED}
    assert reckoning.counted(mailing, day=DAY).parts == {out.id: 1}
    # Ada is in two parts, and counts once.
    assert reckoning.counted(mailing, day=DAY).everyone == 2
    audiences.drop(mailing, out, at=EARLY)
    assert _fates(mailing)["Bob"] is Fate.WRITTEN_TO


def test_every_reason_is_told_and_the_first_that_holds(session: Session, make: Make) -> None:
    purpose = make.purpose()
    people = {
        name: make.person(name, email=f"{name.lower()}@example.org")
        for name in ("Agreed", "Silent", "Binned", "Held", "Objects", "Twin")
    }
    make.person("Nowhere", email=None)
    shared = make.person("Second", email="agreed@example.org")
    for name in ("Agreed", "Objects", "Held", "Twin"):
        wishes.agree(
            make.address(f"{name.lower()}@example.org"),
            [purpose],
            source="form:x",
            shown=Shown(),
            person_id=None,
            at=EARLY,
        )
    wishes.object_also(make.address("objects@example.org").id, purpose.key, source="one-click", at=EARLY)
    make.address("held@example.org").held_since = EARLY
    people["Binned"].binned_at = EARLY
    chosen = "&".join(f"chosen={one.id}" for one in (*people.values(), shared))
    mailing = _mailing(purpose=purpose.key)
    _list(mailing, chosen)
    _list(mailing, "q=nowhere")
    _list(mailing, "q=twin", out=True)
    assert _fates(mailing) == {
        "Agreed": Fate.WRITTEN_TO,
        "Silent": Fate.NOT_AGREED,
        "Binned": Fate.BINNED,
        "Held": Fate.ON_HOLD,
        "Objects": Fate.OBJECTED,
        "Twin": Fate.EXCLUDED,
        "Nowhere": Fate.NO_ADDRESS,
        "Second": Fate.SAME_ADDRESS,
    }


def test_of_forty_on_one_mailbox_the_first_who_may_be_written_to_is(session: Session, make: Make) -> None:
    people = [make.person(f"P{n}", email="mairie@example.org") for n in range(40)]
    mailing = _mailing(audience="")
    _list(mailing, f"chosen={people[0].id}", out=True)
    rows = session.execute(reckoning.left_out(mailing, day=DAY, fate=Fate.SAME_ADDRESS)).all()
    assert len(rows) == 38
    assert {row.instead_id for row in rows} == {people[1].id}
    services.leave(mailing, by="staff@example.org", at=EARLY)
    assert _left(session) == ["mairie@example.org"]


@pytest.fixture
def event(make: Make) -> Any:
    """Ada came, Bob did not, Cléo registered, Dan has not answered, Eve declined."""
    event = make.event()
    told: dict[str, Any] = {"event_id": event.id, "mode": Mode.ONLINE, "asked_at": EARLY}
    for name, attendance in (
        ("Ada", Attendance.PRESENT), ("Bob", Attendance.ABSENT), ("Cléo", Attendance.UNKNOWN),
    ):  # fmt: skip
        person = make.person(name)
        make.add(
            Registration(
                person_id=person.id, seat=Seat.CONFIRMED, token=f"r-{name}", attendance=attendance, **told
            )
        )
    for name, answer in (("Dan", Answer.NONE), ("Eve", Answer.DECLINED)):
        make.invitation(event, make.person(name), answer=answer)
    return event


@pytest.mark.parametrize(
    ("how", "names"),
    [
        (How.CAME, {"Ada"}),
        (How.ABSENT, {"Bob"}),
        (How.REGISTERED, {"Ada", "Bob", "Cléo"}),
        (How.INVITED, {"Dan", "Eve"}),
        (How.UNANSWERED, {"Dan"}),
        (How.DECLINED, {"Eve"}),
    ],
)
@ON_ONE_ENGINE
def test_the_people_of_an_event_by_what_they_did(
    session: Session, make: Make, event: Any, how: How, names: set[str]
) -> None:
    mailing = _mailing()
    _add(mailing, _part(PartKind.EVENT, event.id, how))
    assert set(_fates(mailing)) == names


def test_a_body_is_its_members_of_the_day_of_departure(session: Session, make: Make) -> None:
    body = make.body("Bureau")
    make.seat(body, make.person("Now"), begins_on=DAY)
    make.seat(body, make.person("Soon"), begins_on=DAY + timedelta(days=30))
    mailing = _mailing()
    _add(mailing, _part(PartKind.BODY, body.id))
    assert set(_fates(mailing)) == {"Now"}


def test_who_received_a_past_mailing_is_named_with_it_also_by_the_shared_mailbox(
    session: Session, make: Make
) -> None:
    ada, bob = (make.person(name, email="mairie@example.org") for name in ("Ada", "Bob"))
    make.person("Cléo", email="cleo@example.org")
    first = _mailing(audience=f"chosen={ada.id}")
    services.leave(first, by="staff@example.org", at=EARLY)
    again = _mailing(audience="")
    part = _add(again, _part(PartKind.MAILING, first.id, How.SENT), out=True)
    assert _fates(again) == {"Ada": Fate.RECEIVED, "Bob": Fate.RECEIVED, "Cléo": Fate.WRITTEN_TO}
    assert {row.part_id for row in session.execute(reckoning.left_out(again, day=DAY))} == {part.id}
    # What was called back has not been received.
    session.execute(Delivery.__table__.update().values(state=DeliveryState.CANCELLED))  # type: ignore[attr-defined]
    assert _fates(again)[bob.given_name] is Fate.SAME_ADDRESS


def test_who_is_left_out_stays_as_it_was_when_the_mailing_left(session: Session, make: Make) -> None:
    make.person("Ada", email="ada@example.org")
    held = make.person("Bob", email="bob@example.org")
    make.address("bob@example.org").held_since = EARLY
    make.person("Cléo", email="ada@example.org")
    view = make.view("Les B", where="all(name.has;value:bob)")
    mailing = _mailing(audience="")
    _list(mailing, f"view={view.id}", out=True)
    assert services.leave(mailing, by="staff@example.org", at=EARLY) == 1
    make.address("bob@example.org").held_since = None
    view.name = "Autre nom"
    session.commit()
    kept = {row.given_name: row.fate for row in session.execute(reckoning.left_out(mailing, day=DAY))}
    assert kept == {"Bob": Fate.EXCLUDED, "Cléo": Fate.SAME_ADDRESS}
    assert reckoning.kept(mailing).fates == {Fate.EXCLUDED: 1, Fate.SAME_ADDRESS: 1}
    [_everyone, out] = mailing.parts
    assert (out.left_as_fr, out.left_as_en) == ("Les B", "Les B")
    one = session.scalars(select(Exclusion).where(Exclusion.person_id == held.id)).one()
    assert one.part_id == out.id
    with pytest.raises(audiences.AudienceSettled):
        audiences.drop(mailing, out, at=LATER)


def test_names_of_those_left_out_are_let_go_in_time_and_the_numbers_stay(
    session: Session, make: Make
) -> None:
    make.person("Ada", email="ada@example.org")
    make.person("Bob", email="ada@example.org")
    view = make.view("Les C", where="all(name.has;value:cléo)")
    make.person("Cléo", email="cleo@example.org")
    old, new = _mailing(audience=""), _mailing(audience="")
    for mailing, days in ((old, 0), (new, 3)):
        _list(mailing, f"view={view.id}", out=True)
        services.leave(mailing, by="staff@example.org", at=EARLY + timedelta(days=days))
    session.commit()
    before, version = reckoning.kept(old), old.version
    assert forgetting.forget(days=400, at=EARLY + timedelta(days=400)) == 0
    assert forgetting.forget(days=400, at=EARLY + timedelta(days=402)) == 1
    assert forgetting.forget(days=400, at=EARLY + timedelta(days=402)) == 0
    session.commit()
    assert reckoning.kept(old) == before and before.left_out_number == 2 and before.parts
    assert session.execute(reckoning.left_out(old, day=DAY)).all() == []
    assert set(session.scalars(select(Exclusion.mailing_id))) == {new.id}
    assert old.version == version


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_of_a_mailing_says_that_the_names_were_let_go(
    app: Flask, client: Browser, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "EXCLUSIONS_KEPT_DAYS", 30)
    make.person("Ada", email="ada@example.org")
    make.person("Bob", email="ada@example.org")
    mailing = make.mailing()
    with app.app_context():
        services.leave(db.session.merge(mailing), by="staff@example.org", at=EARLY)
        db.session.commit()
        tasks.forget_exclusions()
    staff = client.as_("staff")
    assert "les nombres restent" in staff.get(f"/mailings/{mailing.id}").text
    page = staff.get(f"/mailings/{mailing.id}/left-out").text
    assert "Les noms ont été effacés" in page and "Bob" not in page


def test_renaming_changes_nothing_and_what_is_gone_stops_the_leaving_with_a_sentence(
    session: Session, make: Make
) -> None:
    tag = make.add(Tag(name="élus"))
    make.person("Ada", tags=[tag])
    mailing = _mailing()
    by_list, by_key = _list(mailing, "tag=élus"), _add(mailing, _part(PartKind.TAG, tag.id))
    tags.rename(tag, name="Élues et élus")
    assert _fates(mailing) == {"Ada": Fate.WRITTEN_TO}
    tags.remove(tag)
    with pytest.raises(parts.PartGone) as gone:
        services.leave(mailing, by="staff@example.org", at=EARLY)
    assert gone.value.facts == {"part": "Étiquetés «\u202félus\u202f»"}
    session.rollback()
    mailing = _mailing()
    tag = make.add(Tag(name="élus"))
    by_list = _list(mailing, "tag=élus")
    tags.remove(tag)
    with pytest.raises(parts.PartNotUnderstood):
        services.leave(mailing, by="staff@example.org", at=EARLY)
    assert by_list in mailing.parts and by_key not in mailing.parts


def test_a_merged_person_chosen_by_hand_is_the_one_that_stays(session: Session, make: Make) -> None:
    from crm.directory.merging import services as merging

    kept, gone = make.person("Ada", email="a@example.org"), make.person("A.", email="b@example.org")
    mailing = _mailing(audience=f"chosen={gone.id}")
    merging.merge(kept, gone, by="staff@example.org", at=EARLY)
    assert set(_fates(mailing)) == {"Ada"}


def test_a_view_that_became_private_stops_what_others_made_with_it(session: Session, make: Make) -> None:
    ana, bob = make.account("staff"), make.account("staff")
    make.person("Ada")
    view: SavedView = make.view("Les miens", where="all(name.has;value:ada)", owner_id=ana.id, is_shared=True)
    theirs, own = _mailing(), _mailing()
    _list(theirs, f"view={view.id}", by=bob)
    _list(own, f"view={view.id}", by=ana)
    view.is_shared = False
    with pytest.raises(parts.PartPrivate):
        services.schedule(theirs, leaves_at=LATER, at=EARLY)
    assert services.leave(own, by=ana.email, at=EARLY) == 1


def test_a_purpose_archived_meanwhile_makes_a_scheduled_mailing_a_draft_again(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    purpose = make.purpose(permission=Permission.UNLESS_OBJECTED, basis="interest")
    make.person()
    mailing = _mailing(audience="", purpose=purpose.key)
    services.schedule(mailing, leaves_at=LATER, at=EARLY)
    purposes.archive(purpose)
    session.commit()
    monkeypatch.setattr(clock, "now", lambda: LATER)
    tasks.leave_due()
    assert mailing.state is MailingState.DRAFT
    assert session.scalars(select(Delivery)).all() == []
    with pytest.raises(purposes.PurposeArchived):
        services.check_aim(mailing)
    assert len(mailing.parts) == 1


def test_a_purpose_reaches_only_those_whom_it_concerns(session: Session, make: Make) -> None:
    make.person("Ada")
    make.person("Bob")
    view = make.view("Adhérents", where="all(name.has;value:ada)")
    purpose = make.purpose(permission=Permission.UNLESS_OBJECTED, basis="interest", reach_id=view.id)
    mailing = _mailing(audience="", purpose=purpose.key)
    assert _fates(mailing) == {"Ada": Fate.WRITTEN_TO, "Bob": Fate.OUTSIDE}
    view.binned_at = EARLY
    with pytest.raises(reckoning.ReachBroken):
        services.leave(mailing, by="staff@example.org", at=EARLY)


@ON_ONE_ENGINE
def test_the_notice_of_the_purpose_stands_below_each_mail(session: Session, make: Make) -> None:
    purpose = make.purpose(
        permission=Permission.UNLESS_OBJECTED, basis="interest", notice_fr="Parce que vous êtes adhérente."
    )
    make.person()
    services.leave(_mailing(audience="", purpose=purpose.key), by="staff@example.org", at=EARLY)
    session.commit()
    [message] = send_due(at=EARLY)
    assert "Parce que vous êtes adhérente." in message.text and "Parce que vous" in message.html


def test_the_same_part_twice_is_one_and_changes_sides(session: Session, make: Make) -> None:
    make.person("Ada", language="en")
    mailing = _mailing(audience="")
    _list(mailing, "language=en")
    _list(mailing, "language=en", out=True)
    assert [part.is_excluded for part in mailing.parts] == [False, True]
    assert _fates(mailing) == {"Ada": Fate.EXCLUDED}
    with pytest.raises(audiences.WrongPart):
        _add(mailing, _part(PartKind.EVENT, 1, How.SENT))
