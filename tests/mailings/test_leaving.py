"""Who a mailing goes to, who not and why, and what they read."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import clock
from crm.directory.models import Civility
from crm.errors import Changed
from crm.mail import services as outbox
from crm.mail.models import Delivery, DeliveryState, Purpose
from crm.mailings import blocks, messages, queries, services, tasks
from crm.mailings.audiences import parts
from crm.mailings.audiences import services as audiences
from crm.mailings.models import Mailing, MailingState
from crm.mailings.queries import Fate
from crm.relations.models import Act, Note
from tests.make import EARLY, Make
from tests.outbox import send_due

DAY = clock.day(EARLY)
LATER = EARLY + timedelta(hours=2)


def _mailing(**texts: Any) -> Mailing:
    texts = {
        "audience": "",
        "subject_fr": "Lettre de printemps",
        "body_fr": "<p>Bonjour {{prénom}},</p><p>{{organisation}} est invitée.</p>",
        **texts,
    }
    return services.create(at=EARLY, **texts)


def test_everyone_left_out_is_counted_with_the_reason(session: Session, make: Make) -> None:
    make.person(email="ada@example.org")
    make.person(email=None)
    make.person(email="held@example.org")
    make.person(email="no@example.org")
    make.person(email="mairie@example.org")
    make.person(email="mairie@example.org")
    outbox.hold(make.address("held@example.org"), reason="gone", at=EARLY)
    outbox.object_to(make.address("no@example.org"), frozenset({Purpose.NEWSLETTER}), source="page", at=EARLY)
    count = queries.counted(_mailing(), day=DAY)
    assert count.fates == {
        Fate.WRITTEN_TO: 2,
        Fate.NO_ADDRESS: 1,
        Fate.ON_HOLD: 1,
        Fate.OBJECTED: 1,
        Fate.SAME_ADDRESS: 1,
    }
    assert (count.everyone, count.written_to) == (6, 2)


def test_the_audience_is_the_filter_and_not_the_names(session: Session, make: Make) -> None:
    make.person(language="en")
    mailing = _mailing(audience="language=en")
    assert queries.counted(mailing, day=DAY).written_to == 1
    make.person(language="en")
    make.person(language="fr")
    assert queries.counted(mailing, day=DAY).written_to == 2


def test_each_reads_it_in_their_language_where_it_was_written(session: Session, make: Make) -> None:
    make.person("Ada", language="en", email="ada@example.org")
    make.person("Zoé", language="fr", email="zoe@example.org")
    mailing = _mailing(subject_en="Spring letter", body_en="<p>Hello {{given name}}</p>")
    services.leave(mailing, by="staff@example.org", at=EARLY)
    session.commit()
    subjects = {message.to: message.subject for message in send_due(at=EARLY)}
    assert subjects == {"ada@example.org": "Spring letter", "zoe@example.org": "Lettre de printemps"}


def test_who_wished_another_language_is_counted_and_still_written_to(session: Session, make: Make) -> None:
    make.person(language="en")
    assert queries.counted(_mailing(), day=DAY).fallbacks == {("en", "fr"): 1}


def test_fields_are_filled_in_for_each_reader_in_both_parts(session: Session, make: Make) -> None:
    organisation = make.organisation("Ville d’<Angers> & Cie")
    make.person("Zoé", "L'Été", civility=Civility.MADAM, organisation=organisation, function="Maire")
    mailing = _mailing(
        subject_fr="Pour {{prénom}} {{nom}}",
        body_fr="<p>{{appel}} {{fonction}}, {{organisation}}</p>",
    )
    services.leave(mailing, by="staff@example.org", at=EARLY)
    session.commit()
    [message] = send_due(at=EARLY)
    assert message.subject == "Pour Zoé L'Été"
    assert "Madame Maire, Ville d’<Angers> & Cie" in message.text
    assert "Madame Maire, Ville d’&lt;Angers&gt; &amp; Cie" in message.html
    assert message.unsubscribe_url in message.text


def test_a_mailing_leaves_once_one_message_for_each_address_and_is_noted(
    session: Session, make: Make
) -> None:
    ore = make.organisation("Agence ORE")
    make.person(organisation=ore, email="mairie@example.org")
    make.person(organisation=ore, email="mairie@example.org")
    make.person(email="ada@example.org")
    mailing = _mailing()
    assert services.leave(mailing, by="staff@example.org", at=EARLY) == 2
    session.commit()
    with pytest.raises(services.NotADraft):
        services.leave(mailing, by="staff@example.org", at=EARLY)
    session.rollback()
    assert len(send_due(at=EARLY)) == 2
    notes = session.scalars(select(Note).order_by(Note.id)).all()
    assert [(note.act, note.subject) for note in notes] == [(Act.MAILED, f"mailings:{mailing.id}")] * 2
    assert ore.id in {note.organisation_id for note in notes}


def test_a_kits_mailing_is_noted_under_the_kit(session: Session, make: Make) -> None:
    make.person()
    services.leave(_mailing(subject_ref="kits:3"), by="staff@example.org", at=EARLY)
    [note] = session.scalars(select(Note)).all()
    assert (note.act, note.subject) == (Act.KIT_MAILED, "kits:3")


def test_nobody_to_write_to_refuses(session: Session, make: Make) -> None:
    make.person(email=None)
    with pytest.raises(services.NobodyToWriteTo):
        services.leave(_mailing(), by="staff@example.org", at=EARLY)


@pytest.mark.parametrize(
    ("texts", "refusal"),
    [
        ({"subject_fr": ""}, services.SubjectMissing),
        ({"body_fr": "<div><br></div>"}, services.BodyMissing),
        ({"subject_en": "Hello"}, services.BodyMissing),
    ],
)
def test_what_is_not_whole_cannot_leave(
    session: Session, make: Make, texts: dict[str, str], refusal: type[Exception]
) -> None:
    make.person()
    with pytest.raises(refusal):
        services.leave(_mailing(**texts), by="staff@example.org", at=EARLY)


def test_a_mailing_goes_to_nobody_while_nobody_is_chosen(session: Session, make: Make) -> None:
    make.person()
    mailing = _mailing(audience=None)
    assert queries.counted(mailing, day=DAY).everyone == 0
    with pytest.raises(audiences.AudienceMissing):
        services.schedule(mailing, leaves_at=LATER, at=EARLY)
    with pytest.raises(audiences.AudienceMissing):
        services.leave(mailing, by="staff@example.org", at=EARLY)
    assert services.copy(mailing, by=None, at=EARLY).parts == []
    audiences.add(mailing, parts.of_list(""), by=None, at=EARLY)
    assert services.leave(mailing, by="staff@example.org", at=EARLY) == 1


@pytest.mark.parametrize("nothing", ["", "  ", "<div><br></div>"])
def test_a_mailing_without_any_word_is_not_kept(session: Session, nothing: str) -> None:
    with pytest.raises(services.NothingToKeep):
        _mailing(subject_fr="", body_fr=nothing)
    mailing = _mailing(subject_fr="", body_fr="<p>Oui</p>")
    with pytest.raises(services.NothingToKeep):
        services.write(mailing, at=LATER, body_fr=nothing)


def test_a_scheduled_mailing_leaves_at_its_hour_and_not_before(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.person()
    mailing = _mailing()
    with pytest.raises(services.TooLate):
        services.schedule(mailing, leaves_at=EARLY, at=EARLY)
    services.schedule(mailing, leaves_at=LATER, at=EARLY)
    session.commit()
    monkeypatch.setattr(clock, "now", lambda: EARLY)
    tasks.leave_due()
    assert mailing.state is MailingState.SCHEDULED
    monkeypatch.setattr(clock, "now", lambda: LATER)
    tasks.leave_due()
    assert mailing.state is MailingState.LEFT
    assert session.scalar(select(func.count()).select_from(Delivery)) == 1


def test_a_scheduled_mailing_without_readers_becomes_a_draft_again(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = _mailing()
    mailing.created_by = make.account("staff", name="Ada")
    monkeypatch.setattr(clock, "now", lambda: LATER)
    # Twice: each time its writer is told why.
    for _time in range(2):
        services.schedule(mailing, leaves_at=LATER, at=EARLY)
        session.commit()
        tasks.leave_due()
        assert (mailing.state, mailing.leaves_at) == (MailingState.DRAFT, None)
        [notice] = send_due(at=LATER)
        assert notice.to == mailing.created_by.email and mailing.subject in notice.subject
        assert "On ne peut écrire à aucun de ces" in notice.text and f"/mailings/{mailing.id}" in notice.text


def test_a_scheduled_mailing_that_breaks_keeps_no_other_from_leaving(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.person()
    broken, whole = _mailing(), _mailing()
    for mailing in (broken, whole):
        services.schedule(mailing, leaves_at=LATER, at=EARLY)
    session.commit()
    leave = services.leave

    def breaks(mailing: Mailing, **facts: Any) -> int:
        if mailing.id == broken.id:
            raise RuntimeError("nobody foresaw it")
        return leave(mailing, **facts)

    monkeypatch.setattr(services, "leave", breaks)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    with pytest.raises(RuntimeError):
        tasks.leave_due()
    assert (broken.state, whole.state) == (MailingState.SCHEDULED, MailingState.LEFT)


def test_calling_back_stops_what_has_not_left(session: Session, make: Make) -> None:
    make.person()
    mailing = _mailing()
    services.leave(mailing, by="staff@example.org", at=EARLY)
    assert services.call_off(mailing, at=EARLY) == 1
    session.commit()
    assert send_due(at=EARLY) == []


def test_who_was_removed_from_the_directory_since_is_not_written_to(session: Session, make: Make) -> None:
    person = make.person()
    services.leave(_mailing(), by="staff@example.org", at=EARLY)
    person.binned_at = LATER
    session.commit()
    assert send_due(at=LATER) == []
    assert session.scalars(select(Delivery.state)).all() == [DeliveryState.SUPPRESSED]


def test_a_test_goes_to_oneself_alone_each_time_it_is_asked_for(session: Session, make: Make) -> None:
    reader = make.person("Ada")
    account = make.account("staff", email="me@example.org")
    mailing = _mailing()
    for _ in range(2):
        services.test(mailing, to=[account.email], person_id=reader.id, language="fr", at=EARLY)
        session.commit()
        [message] = send_due(at=EARLY)
        assert (message.to, message.unsubscribe_url) == ("me@example.org", "")
        assert message.subject.endswith("Lettre de printemps") and "Bonjour Ada" in message.text


def test_typed_html_is_cleaned_when_it_comes_in(session: Session) -> None:
    mailing = _mailing(body_fr='<p onclick="x()" style="color:red">Oui<script>1</script><img src=x></p>')
    assert mailing.body_fr == "<p>Oui</p>"


def test_what_left_can_no_longer_be_changed_but_copied(session: Session, make: Make) -> None:
    make.person()
    mailing = _mailing()
    services.leave(mailing, by="staff@example.org", at=EARLY)
    with pytest.raises(services.NotADraft):
        services.write(mailing, at=LATER, subject_fr="Autre")
    again = services.copy(mailing, by=None, at=LATER)
    assert (again.state, again.subject_fr, again.dispatch_id) == (
        MailingState.DRAFT,
        "Lettre de printemps",
        None,
    )


def test_a_copy_and_a_draft_from_a_template_keep_a_block_that_is_gone_and_do_not_leave_with_it(
    session: Session, make: Make
) -> None:
    make.person()
    picture = make.picture()
    body = f"<p>Bonjour [[image {picture.id}]]</p>"
    mailing, template = make.mailing(body_fr=body), make.mailing_template(body_fr=body)
    session.delete(picture)
    session.flush()
    copied = services.copy(mailing, by=None, at=LATER)
    begun = services.begin(template, by=None, at=LATER)
    for draft in (copied, begun):
        assert draft.body_fr == body
        with pytest.raises(blocks.GoneBlock):
            services.leave(draft, by="staff@example.org", at=LATER)


def test_the_preview_is_what_will_be_sent(session: Session, make: Make) -> None:
    person = make.person("Ada")
    mailing = _mailing()
    reader = queries.readers([person.id], day=DAY)[person.id]
    seen = messages.written(mailing, reader, "fr")
    services.leave(mailing, by="staff@example.org", at=EARLY)
    session.commit()
    [message] = send_due(at=EARLY)
    assert seen.subject == message.subject
    sample = "http://127.0.0.1:8000/u/…"
    assert seen.html.replace(sample, message.unsubscribe_url) == message.html


def test_the_preview_goes_from_reader_to_reader_and_begins_with_the_first(
    session: Session, make: Make
) -> None:
    mailing = make.mailing(subject_en="Letter", body_en="<p>Hello</p>")
    assert queries.around(mailing, 0, day=EARLY.date()) is None
    one, none, two, three = (
        make.person(name, language=language, email=email)
        for name, language, email in (
            ("Ada", "fr", "a@example.org"),
            ("Bob", "fr", None),
            ("Cy", "en", "c@example.org"),
            ("Dee", "fr", "d@example.org"),
        )
    )
    middle = queries.around(mailing, two.id, day=EARLY.date())
    assert middle == queries.Around(two.id, "en", one.id, three.id)
    for unknown in (0, none.id, three.id + 1):
        assert queries.around(mailing, unknown, day=EARLY.date()) == queries.Around(
            one.id, "fr", None, two.id
        )


def test_two_saves_in_the_same_instant_leave_one_and_tell_the_other(session: Session) -> None:
    mailing = _mailing()
    session.commit()
    seen = mailing.version
    elsewhere = update(Mailing).values(version=Mailing.version + 1)
    session.execute(elsewhere.execution_options(synchronize_session=False))
    with pytest.raises(Changed):
        services.write(mailing, seen=seen, at=LATER, subject_fr="Autre")
