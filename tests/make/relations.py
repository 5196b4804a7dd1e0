"""Exchanges, partnerships, agreements, promises."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from tests.make.base import EARLY, Maker


class Relations(Maker):
    def interaction_kind(self, slug: str = "meeting", **facts: Any) -> Any:
        from crm.relations.models import InteractionKind

        with self._session() as session:
            known = session.scalar(select(InteractionKind).where(InteractionKind.slug == slug))
        names = {"name_fr": slug.title(), "name_en": slug.title()}
        return known or self.add(InteractionKind(slug=slug, **{**names, **facts}))

    def exchange(self, title: str = "Point d’étape", *, at: datetime = EARLY, **told: Any) -> Any:
        """A meeting of that instant, logged by a new account unless `by` names one."""
        from crm import clock
        from crm.relations import services
        from crm.relations.services import Promised, Told

        wall = at.astimezone(clock.PARIS)
        by = told.pop("by", None) or self.account()
        follow_up = Promised(**told.pop("follow_up", {}))
        files = told.pop("files", ())
        told = {"kind": self.interaction_kind(), "day": wall.date(), "hour": wall.time(), **told}
        with self._session() as session:
            merged = {name: self._here(session, value) for name, value in told.items()}
            promised = Promised(
                what=follow_up.what,
                assigned_to=self._here(session, follow_up.assigned_to),
                due_on=follow_up.due_on,
            )
            return services.log(
                Told(title=title, **merged), follow_up=promised, files=files, by=session.merge(by), at=at
            )

    def stage(self, slug: str = "in_discussion", **facts: Any) -> Any:
        """A stage with a rhythm of 90 days."""
        from crm.relations.partnerships.models import PartnershipStage

        with self._session() as session:
            known = session.scalar(select(PartnershipStage).where(PartnershipStage.slug == slug))
        words = slug.replace("_", " ").capitalize()
        facts = {"name_fr": words, "name_en": words, "rhythm_days": 90, "position": self.number(), **facts}
        return known or self.add(PartnershipStage(slug=slug, **facts))

    def partnership(self, organisation: Any = None, *, at: datetime = EARLY, **facts: Any) -> Any:
        """A partnership in discussion, opened at that instant by a new account unless `by` names one."""
        from crm.relations.partnerships import services

        organisation = organisation or self.organisation()
        facts = {"stage": self.stage(), **facts}
        by = facts.pop("by", None) or self.account()
        with self._session() as session:
            facts = {name: self._here(session, value) for name, value in facts.items()}
            return services.open_with(self._here(session, organisation), by=session.merge(by), at=at, **facts)

    def agreement(self, title: str = "Convention cadre", *, at: datetime = EARLY, **told: Any) -> Any:
        """A signed agreement of three years from January 2026, with three months of notice."""
        from crm.relations.agreements import services
        from crm.relations.agreements.models import AgreementState

        by = told.pop("by", None) or self.account()
        files = told.pop("files", ())
        told = {
            "organisations": [self.organisation()] if "organisations" not in told else (),
            "state": AgreementState.SIGNED,
            "signed_on": date(2026, 1, 5),
            "begins_on": date(2026, 1, 5),
            "ends_on": date(2028, 12, 31),
            "notice_days": 90,
            **told,
        }
        with self._session() as session:
            told = {name: self._here(session, value) for name, value in told.items()}
            return services.write(
                services.Told(title=title, **told), files=files, today=at.date(), by=session.merge(by), at=at
            )

    def follow_up(self, what: str = "Rappeler", **facts: Any) -> Any:
        from crm.relations.models import FollowUp

        return self.add(FollowUp(what=what, **{"created_at": EARLY, **facts}))

    def quote(
        self, exchange: Any, person: Any, words: str = "Les données ouvertes servent.", **facts: Any
    ) -> Any:
        """Words of a person in the exchange, not asked about yet."""
        from crm.relations.models import Quote

        facts = {"printed_as": "Directrice", "created_at": EARLY, **facts}
        return self.add(Quote(interaction_id=exchange.id, person_id=person.id, words=words, **facts))

    def filed_mail(self, subject: str = "Convention", **facts: Any) -> Any:
        """A mail that waits to be filed."""
        from crm.relations.models import FiledMail, Filing

        facts = {"state": Filing.WAITING, "sent_at": EARLY, "came_at": EARLY, **facts}
        return self.add(FiledMail(subject=subject, **{"key": f"test-{self.number()}", **facts}))

    def minutes(self, name_fr: str = "Réunion", **facts: Any) -> Any:
        from crm.relations.models import Minutes

        return self.add(Minutes(name_fr=name_fr, **{"body_fr": "<div>Présents</div>", **facts}))
