"""What the history says of mailings. Only a draft is set back: what has left was read."""

from datetime import datetime
from typing import Any

from flask import url_for

from crm.keeping import kinds
from crm.keeping.kinds import Fact, Kind
from crm.mail.models import WritingPurpose
from crm.mail.words import BASES, PERMISSIONS, PURPOSES, language
from crm.mailings import services, words
from crm.mailings.models import Mailing
from crm.mailings.subscribing.models import SubscriptionForm
from crm.text import N_
from crm.web import i18n


def install() -> None:
    kinds.enter(_purposes())
    kinds.enter(_forms())
    kinds.enter(
        Kind(
            model=Mailing,
            one=N_("Mailing"),
            called=lambda mailing: mailing.subject or i18n.words(N_("Untitled")),
            address=lambda key: url_for("mailings.show", mailing_id=key),
            facts={
                "state": Fact(
                    N_("State"), {state: name for state, (name, _tone) in words.STATES.items()}, reverts=False
                ),
                "purpose": Fact(N_("Purpose"), PURPOSES),
                "subject_fr": Fact(N_("Subject in French")),
                "body_fr": Fact(N_("Text in French"), text="rich"),
                "subject_en": Fact(N_("Subject in English")),
                "body_en": Fact(N_("Text in English"), text="rich"),
                "parts": Fact(N_("Audience"), reverts=False),
                "leaves_at": Fact(N_("Leaves"), reverts=False),
                "left_at": Fact(N_("Left"), reverts=False),
            },
            untold=frozenset({"subject_ref", "dispatch_id", "created_by_id", "let_go"}),
            settle=_settle,
        )
    )


def _purposes() -> Kind:
    return Kind(
        model=WritingPurpose,
        one=N_("Purpose"),
        called=lambda purpose: str(purpose.name(language())),
        address=lambda key: url_for("purposes.edit", purpose_id=key),
        facts={
            "name_fr": Fact(N_("Name in French")),
            "name_en": Fact(N_("Name in English")),
            "explained_fr": Fact(N_("What it is for, in French"), text="long"),
            "explained_en": Fact(N_("What it is for, in English"), text="long"),
            "notice_fr": Fact(N_("Notice below each mail, in French"), text="long"),
            "notice_en": Fact(N_("Notice below each mail, in English"), text="long"),
            "basis": Fact(N_("Legal basis"), BASES, reverts=False),
            "permission": Fact(N_("Who may be written to"), PERMISSIONS, reverts=False),
            "reach_id": Fact(N_("Only people of this saved view"), reverts=False),
            "is_archived": Fact(N_("Archived"), reverts=False),
        },
        untold=frozenset({"key"}),
    )


def _forms() -> Kind:
    return Kind(
        model=SubscriptionForm,
        one=N_("Subscription form"),
        called=lambda form: str(form.title(language())),
        address=lambda key: url_for("mailings.form", form_id=key),
        facts={
            "title_fr": Fact(N_("Title in French")),
            "title_en": Fact(N_("Title in English")),
            "text_fr": Fact(N_("What one subscribes to, in French"), text="long"),
            "text_en": Fact(N_("What one subscribes to, in English"), text="long"),
            "purposes": Fact(N_("Purposes that one may choose"), reverts=False),
            "tag_id": Fact(N_("Tag that people get"), reverts=False),
            "is_open": Fact(N_("The form is open to everybody")),
        },
        untold=frozenset({"slug", "created_by_id"}),
    )


def _settle(mailing: Any, names: frozenset[str], *, at: datetime) -> None:
    services.check_is_draft(mailing)
