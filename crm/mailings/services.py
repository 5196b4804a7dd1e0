"""Writing mailings, and letting them go."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, func, select

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db
from crm.errors import Changed, CrmError
from crm.mail import addresses, purposes
from crm.mail import queries as mail
from crm.mail import services as outbox
from crm.mail.models import Address, Delivery, DispatchState, Purpose
from crm.mailings import blocks, fields, letters, queries
from crm.mailings.approvals import services as approvals
from crm.mailings.audiences import parts, reckoning
from crm.mailings.audiences import services as audiences
from crm.mailings.clicks import counting
from crm.mailings.models import Mailing, MailingState
from crm.mailings.stationery.models import Template
from crm.relations import services as relations
from crm.relations.models import Act
from crm.text import N_, clean
from crm.web import richtext

KIND = "mailing"
TEST = "mailing-test"
STAYED = "mailing-stayed"
TESTS_AT_ONCE, MOST_TESTS = 10, 200
_WORDS = re.compile(r"<[^>]*>|&nbsp;|\s")


class NotADraft(CrmError):
    text = N_("“%(mailing)s” has left or is about to: it can no longer be changed.")


class NothingWritten(CrmError):
    text = N_("Write a subject and a text, in French or in English.")


class NothingToKeep(CrmError):
    text = N_("There is nothing to keep yet. Write a subject or a text, in French or in English.")
    field = "subject_fr"


class SubjectMissing(CrmError):
    text = N_("The French text has no subject. Write one.")


class EnglishSubjectMissing(SubjectMissing):
    text = N_("The English text has no subject. Write one.")


class BodyMissing(CrmError):
    text = N_("The French subject has no text. Write one, or remove the subject.")


class EnglishBodyMissing(BodyMissing):
    text = N_("The English subject has no text. Write one, or remove the subject.")


class NobodyToWriteTo(CrmError):
    text = N_("Nobody of this audience can be written to. Choose other people.")


class TooLate(CrmError):
    text = N_("This hour has passed. Choose a later one, or send now.")
    field = "leaves_at"


class ChangedSinceShown(CrmError):
    text = N_("This mailing or its audience was changed since you opened the page. Look at it again first.")


class NotScheduled(CrmError):
    text = N_("“%(mailing)s” is not scheduled.")


class NotOnItsWay(CrmError):
    text = N_("“%(mailing)s” has not left: there is nothing to hold.")


class TooManyTests(CrmError):
    text = N_("A test goes to %(at_once)s addresses at most, and a mailing is tested %(most)s times at most.")
    field = "others"


class TestUnwanted(CrmError):
    text = N_("%(address)s does not want this kind of mail, not even as a test.")
    field = "others"


class Texts(TypedDict, total=False):
    """What can be written of a mailing."""

    purpose: str
    subject_fr: str
    body_fr: str
    subject_en: str
    body_en: str


def create(
    *,
    audience: str | None = None,
    subject_ref: str | None = None,
    by: Account | None = None,
    at: datetime,
    **texts: Unpack[Texts],
) -> Mailing:
    """A draft for the people of that filter, `""` for everyone, None while nobody is chosen.

    `subject_ref` names the record it is about (`kits:3`).
    Raises NothingToKeep, BadFilter, PartGone, PartPrivate, and what is wrong with a merge field or a block.
    """
    mailing = _blank(subject_ref=subject_ref, by=by, at=at)
    _write(mailing, texts)
    if audience is not None:
        audiences.add(mailing, parts.of_list(audience), by=by, at=at)
    db.session.add(mailing)
    db.session.flush()
    return mailing


def begin(
    words: Mailing | Template,
    *,
    purpose: str = Purpose.NEWSLETTER,
    subject_ref: str | None = None,
    by: Account | None,
    at: datetime,
) -> Mailing:
    """A draft for nobody yet, with words that were written before.

    What they show may be gone since: that is said when the draft is looked at, saved or sent.
    """
    mailing = _blank(subject_ref=subject_ref, by=by, at=at)
    mailing.purpose = purpose
    for name in approvals.TEXTS:
        setattr(mailing, name, getattr(words, name))
    db.session.add(mailing)
    db.session.flush()
    return mailing


def _blank(*, subject_ref: str | None, by: Account | None, at: datetime) -> Mailing:
    return Mailing(
        purpose=Purpose.NEWSLETTER,
        state=MailingState.DRAFT,
        subject_fr="",
        body_fr="",
        subject_en="",
        body_en="",
        subject_ref=subject_ref,
        created_by=by,
        created_at=at,
        updated_at=at,
    )


def write(mailing: Mailing, *, seen: int | None = None, at: datetime, **texts: Unpack[Texts]) -> None:
    """Change a draft; `seen` is the version that the writer had before them.

    Raises NotADraft, Changed, NothingToKeep, and what is wrong with a merge field or a block.
    """
    check_is_draft(mailing)
    if seen is not None and seen != mailing.version:
        raise Changed(who=history.last_actor(db.session(), mailing))
    _write(mailing, texts)
    mailing.updated_at = at
    history.save(db.session(), mailing)


def copy(mailing: Mailing, *, by: Account | None, at: datetime) -> Mailing:
    """A new draft with the same words, purpose and audience."""
    again = begin(mailing, purpose=mailing.purpose, subject_ref=mailing.subject_ref, by=by, at=at)
    audiences.copied(mailing, again, by=by)
    return again


def check_ready(mailing: Mailing) -> None:
    """Raise the reason why its words cannot be sent as they stand, if there is one."""
    if not mailing.languages:
        raise NothingWritten
    for language in mailing.languages:
        if not mailing.subject_in(language):
            raise EnglishSubjectMissing if language == "en" else SubjectMissing
        if not _WORDS.sub("", mailing.body_in(language)):
            raise EnglishBodyMissing if language == "en" else BodyMissing
    _check_fields(mailing)


def test(mailing: Mailing, *, to: Sequence[str], person_id: int | None, language: str, at: datetime) -> int:
    """Send it to these addresses, as that person of the audience would read it; how many there are.

    Raises what `check_ready` raises, BadAddress, TooManyTests, TestUnwanted.
    """
    check_ready(mailing)
    asked = {addresses.normalise(email): None for email in to}
    sent = select(func.count()).where(Delivery.kind == TEST, Delivery.subject_id == mailing.id)
    if len(asked) > TESTS_AT_ONCE or (db.session.scalar(sent) or 0) + len(asked) > MOST_TESTS:
        raise TooManyTests(at_once=TESTS_AT_ONCE, most=MOST_TESTS)
    for email in asked:
        address = addresses.find_or_add(email)
        if mailing.purpose in mail.objections(address.id):
            raise TestUnwanted(address=email)
        outbox.queue(
            kind=TEST,
            subject_id=mailing.id,
            address=address,
            purpose=Purpose.SERVICE,
            language=language,
            sequence=_next(TEST, mailing, address),
            facts={"person": person_id},
            at=at,
        )
    return len(asked)


def _next(kind: str, mailing: Mailing, address: Address) -> int:
    """The number of one more message of that kind, for each is sent."""
    earlier = select(func.max(Delivery.sequence)).where(
        Delivery.kind == kind, Delivery.subject_id == mailing.id, Delivery.address_id == address.id
    )
    return (db.session.scalar(earlier) or 0) + 1


def schedule(mailing: Mailing, *, leaves_at: datetime, seen: str = "", at: datetime) -> None:
    """Let it leave by itself at that instant; `seen` is the fingerprint of what was looked at.

    Raises NotADraft, ChangedSinceShown, NotApproved, TooLate, and what `check_ready` and `check_aim` raise.
    """
    check_is_draft(mailing)
    _check_seen(mailing, seen)
    check_ready(mailing)
    check_aim(mailing)
    approvals.check(mailing)
    if leaves_at <= at:
        raise TooLate
    mailing.state, mailing.leaves_at, mailing.updated_at = MailingState.SCHEDULED, leaves_at, at


def unschedule(mailing: Mailing, *, at: datetime) -> None:
    """Make it a draft again. Raises NotScheduled."""
    if mailing.state is not MailingState.SCHEDULED:
        raise NotScheduled(mailing=mailing.subject)
    mailing.state, mailing.leaves_at, mailing.updated_at = MailingState.DRAFT, None, at


def give_up(mailing: Mailing, *, why: str, at: datetime) -> None:
    """Make a scheduled mailing that cannot leave a draft again, and tell its writer why."""
    if mailing.state is not MailingState.SCHEDULED:
        return
    mailing.state, mailing.leaves_at, mailing.updated_at = MailingState.DRAFT, None, at
    writer = mailing.created_by
    if writer is None or not writer.is_open:
        return
    address = addresses.find_or_add(writer.email)
    outbox.queue(
        kind=STAYED,
        subject_id=mailing.id,
        address=address,
        purpose=Purpose.SERVICE,
        language=writer.language,
        sequence=_next(STAYED, mailing, address),
        facts={"name": writer.name, "why": why},
        at=at,
    )


def leave(mailing: Mailing, *, by: str, seen: str = "", at: datetime) -> int:
    """Queue one message for each address of the audience as it is now; how many there are.

    Whoever of it is left out is kept with the reason. `seen` is the fingerprint of what was looked at, empty
    for what leaves by itself. Raises NotADraft, ChangedSinceShown, NotApproved, NobodyToWriteTo, and what
    `check_ready` and `check_aim` raise.
    """
    # Held until commit, so that two clicks or two workers cannot both let it go.
    db.session.flush()
    db.session.refresh(mailing, with_for_update=True)
    if mailing.state not in (MailingState.DRAFT, MailingState.SCHEDULED):
        raise NotADraft(mailing=mailing.subject)
    _check_seen(mailing, seen)
    check_ready(mailing)
    check_aim(mailing)
    approvals.check(mailing)
    mailing.state, mailing.left_at, mailing.updated_at = MailingState.LEFT, at, at
    audiences.freeze(mailing)
    mailing.dispatch = outbox.dispatch(
        subject=f"mailings:{mailing.id}", title=mailing.subject, purpose=mailing.purpose, by=by, at=at
    )
    with reckoning.settled(mailing, day=clock.day(at)) as recipients:
        number = outbox.queue_many(
            recipients,
            kind=KIND,
            subject_id=mailing.id,
            purpose=mailing.purpose,
            dispatch=mailing.dispatch,
            at=at,
        )
        if not number:
            raise NobodyToWriteTo
        _note(mailing, recipients, at)
    counting.enter(mailing)
    letters.freeze(mailing)
    return number


def _note(mailing: Mailing, recipients: Select[Any], at: datetime) -> None:
    about_kit = (mailing.subject_ref or "").startswith("kits:")
    relations.note_many(
        recipients.with_only_columns(recipients.selected_columns.person_id),
        act=Act.KIT_MAILED if about_kit else Act.MAILED,
        subject=str(mailing.subject_ref) if about_kit else f"mailings:{mailing.id}",
        title=mailing.subject,
        at=at,
    )


def call_off(mailing: Mailing, *, at: datetime) -> int:
    """Call back every message that has not left; how many that were. Raises NotOnItsWay."""
    if mailing.state is not MailingState.LEFT or mailing.dispatch is None:
        raise NotOnItsWay(mailing=mailing.subject)
    mailing.state, mailing.updated_at = MailingState.CANCELLED, at
    return outbox.cancel(mailing.dispatch, at=at)


def hold(mailing: Mailing) -> None:
    """Let nothing more of it leave for now. Raises NotOnItsWay."""
    if mailing.state is not MailingState.LEFT or mailing.dispatch is None:
        raise NotOnItsWay(mailing=mailing.subject)
    outbox.pause(mailing.dispatch)


def go_on(mailing: Mailing) -> None:
    """Let the rest of it leave. Raises NotOnItsWay."""
    if mailing.dispatch is None or mailing.dispatch.state is DispatchState.CANCELLED:
        raise NotOnItsWay(mailing=mailing.subject)
    outbox.resume(mailing.dispatch)


def check_is_draft(mailing: Mailing) -> None:
    if mailing.state is not MailingState.DRAFT:
        raise NotADraft(mailing=mailing.subject)


def _check_seen(mailing: Mailing, seen: str) -> None:
    """Two work on one draft: nobody lets go what the other wrote, or chose, a moment ago."""
    if seen and seen != approvals.fingerprint(mailing):
        raise ChangedSinceShown


def check_aim(mailing: Mailing) -> None:
    """Raise the reason why nobody can be written to as it stands.

    Raises PurposeGone, PurposeArchived, AudienceMissing, PartGone, PartPrivate.
    """
    purposes.usable(mailing.purpose)
    audiences.check(mailing)


def _write(mailing: Mailing, texts: Texts) -> None:
    mailing.purpose = texts.get("purpose", mailing.purpose)
    for language in queries.LANGUAGES:
        subject, body = f"subject_{language}", f"body_{language}"
        if subject in texts:
            setattr(mailing, subject, clean(texts[subject]).replace("\n", " "))  # type: ignore[literal-required]
        if body in texts:
            setattr(mailing, body, str(richtext.sanitise(texts[body])))  # type: ignore[literal-required]
    if not any(
        mailing.subject_in(language) or _WORDS.sub("", mailing.body_in(language))
        for language in queries.LANGUAGES
    ):
        raise NothingToKeep
    _check_fields(mailing)


def _check_fields(mailing: Mailing) -> None:
    for language in queries.LANGUAGES:
        fields.check(mailing.subject_in(language), field=f"subject_{language}", is_html=False)
        fields.check(mailing.body_in(language), field=f"body_{language}", is_html=True)
        blocks.check(mailing.body_in(language), field=f"body_{language}")
