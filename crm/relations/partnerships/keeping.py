"""What the history and the bin say of partnerships."""

from collections.abc import Sequence

from flask import url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from crm.directory.models import Organisation
from crm.errors import CrmError
from crm.keeping import kinds
from crm.keeping.kinds import Binned, Fact, Kind
from crm.relations.partnerships import services, words
from crm.relations.partnerships.models import Partnership, PartnershipStage
from crm.text import N_, fold, like


def install() -> None:
    kinds.enter(
        Kind(
            model=Partnership,
            one=N_("Partnership"),
            called=lambda partnership: str(partnership.organisation.name),
            address=lambda key: url_for("relations.partnership", partnership_id=key),
            facts={
                # A stage is moved back on the board, where it is written down as a move.
                "stage_id": Fact(N_("Stage"), reverts=False),
                "owner_id": Fact(N_("Who follows it")),
                "rhythm_days": Fact(N_("Longest silence, in days")),
                "aim": Fact(N_("What we want to do together"), text="long"),
            },
            untold=frozenset({"organisation_id", "moved_at"}),
            bin=Binned(
                label=N_("Partnerships"),
                restore=services.restore,
                matches=_matches,
                detail=lambda partnership: words.stage_name(partnership.stage),
                in_the_way=_in_the_way,
                options=(joinedload(Partnership.organisation), joinedload(Partnership.stage)),
            ),
        )
    )
    kinds.enter(
        Kind(
            model=PartnershipStage,
            one=N_("Stage"),
            called=words.stage_name,
            address=lambda key: url_for("settings.entry", name="partnership_stages", entry_id=key),
            facts={
                "name_fr": Fact(N_("Name in French")),
                "name_en": Fact(N_("Name in English")),
                "rhythm_days": Fact(N_("Longest silence, in days")),
                "tone": Fact(N_("Colour")),
                "is_archived": Fact(N_("Offered no more")),
            },
            untold=frozenset({"slug"}),
        )
    )


def _matches(typed: str) -> Sequence[ColumnElement[bool]]:
    return [
        Partnership.organisation_id.in_(
            select(Organisation.id).where(Organisation.search.like(like(word), escape="\\"))
        )
        for word in fold(typed).split()
    ]


def _in_the_way(partnership: Partnership) -> CrmError | None:
    organisation = partnership.organisation
    if organisation.binned_at is None:
        return None
    return services.OrganisationInBin(organisation=organisation.name)
