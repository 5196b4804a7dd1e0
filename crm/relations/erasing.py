"""What becomes of exchanges, follow-ups, quotes and filed mail when a person is erased."""

from typing import Any

from flask import url_for
from sqlalchemy import Select, String, cast, delete, exists, or_, select, union, update

from crm.db import db
from crm.directory.erasing import files, near, rules
from crm.directory.erasing.rules import Erasing
from crm.relations.models import (
    Consent,
    FiledMail,
    FiledMailFile,
    FollowUp,
    Interaction,
    InteractionFile,
    InteractionPerson,
    Quote,
    interaction_mentions,
)
from crm.text import N_
from crm.web import files as kept_files


def install() -> None:
    rules.stays("interaction_people.person_id", N_("Exchanges"))
    rules.stays("interaction_mentions.person_id", N_("Exchanges that mention"))
    rules.stays("follow_ups.person_id", N_("Follow-ups"))
    rules.stays("notes.person_id", N_("Lines of the log"))
    rules.stays("agreement_signers.person_id", N_("Agreements signed"))
    gone = {"words": "", "printed_as": "", "agreed_how": "", "agreement": Consent.WITHDRAWN.value}
    rules.stays("quotes.person_id", N_("Quotes, without their words"), **gone)
    rules.look_at("files", _unread)
    rules.also("quotes", _put_away)
    rules.also("filed", _filed)
    near.enter("interactions", exchanges, beside=_beside)
    near.enter("follow_ups", lambda people: select(FollowUp.id).where(_in(FollowUp, people)))
    near.enter("quotes", lambda people: select(Quote.id).where(_in(Quote, people)))
    near.enter("filed_mails", lambda people: select(FiledMail.id).where(_in(FiledMail, people)))
    near.enter(
        "interaction_files", lambda people: select(InteractionFile.id).where(_in(InteractionFile, people))
    )


def exchanges(people: list[int]) -> Select[int]:
    """The keys of the exchanges in which one of them took part or is mentioned."""
    took_part = select(InteractionPerson.interaction_id).where(InteractionPerson.person_id.in_(people))
    mentioned = interaction_mentions.c
    named = select(mentioned.interaction_id).where(mentioned.person_id.in_(people))
    return select(Interaction.id).where(Interaction.id.in_(union(took_part, named)))


def _in(model: Any, people: list[int]) -> Any:
    return model.interaction_id.in_(exchanges(people))


def _beside(people: list[int]) -> Select[int]:
    return select(InteractionPerson.person_id).where(_in(InteractionPerson, people))


def _unread(people: list[int]) -> list[tuple[str, str]]:
    """Files of their exchanges whose text we cannot read, with the pages of the exchanges."""
    asked = select(InteractionFile).where(_in(InteractionFile, people)).order_by(InteractionFile.id).limit(50)
    return [
        (one.name, url_for("relations.show", interaction_id=one.interaction_id))
        for one in db.session.scalars(asked)
        if _text(one) is None
    ]


def _text(file: Any) -> str | None:
    return files.text_of(kept_files.path_of(file.stored_as), file.media_type)


def _put_away(under_way: Erasing) -> None:
    rows = update(Quote).where(Quote.person_id.in_(under_way.people), Quote.binned_at.is_(None))
    db.session.execute(rows.values(binned_at=under_way.at), execution_options={"synchronize_session": False})


def _filed(under_way: Erasing) -> None:
    """Files that name them go, with mails that wait; what is told of a filed mail forgets their address."""
    kinds: tuple[tuple[Any, Any], ...] = (
        (InteractionFile, _in(InteractionFile, under_way.people)),
        (FiledMailFile, _of_their_mail(under_way)),
    )
    for model, where in kinds:
        for file in db.session.scalars(select(model).where(where)):
            text = _text(file)
            if text is not None and files.holds(under_way.close, text):
                under_way.files.add(file.stored_as)
                db.session.execute(delete(model).where(model.id == file.id))
    for mail in db.session.scalars(select(FiledMail).where(_may_be_theirs(under_way))):
        named = [one for one in mail.named if one.get("email") not in under_way.emails]
        sender = "" if mail.sender in under_way.emails else mail.sender
        told = update(FiledMail).where(FiledMail.id == mail.id)
        quietly = {"synchronize_session": False}
        db.session.execute(
            told.values(named=named, sender=sender, version=mail.version + 1), execution_options=quietly
        )
    db.session.expire_all()


def _may_be_theirs(under_way: Erasing) -> Any:
    named = cast(FiledMail.named, String)
    told = (named.contains(f'"{email}"', autoescape=True) for email in under_way.emails)
    return or_(_in(FiledMail, under_way.people), FiledMail.sender.in_(under_way.emails), *told)


def _of_their_mail(under_way: Erasing) -> Any:
    return exists().where(FiledMail.id == FiledMailFile.mail_id, _may_be_theirs(under_way))
