"""Bodies, seats and memberships."""

from datetime import date
from typing import Any

from tests.make.base import EARLY, Maker


class Governance(Maker):
    def body(self, name: str | None = None, **facts: Any) -> Any:
        """A body that has always been there."""
        from crm.governance.models import Body
        from crm.text import fold

        name = name or f"Instance {self.number()}"
        facts = {"created_at": EARLY, "updated_at": EARLY, "search": fold(name), "sort": fold(name), **facts}
        return self.add(Body(name=name, **facts))

    def seat(self, body: Any = None, person: Any = None, **facts: Any) -> Any:
        """A seat without a first or a last day."""
        from crm.governance.models import Seat

        body, person = body or self.body(), person or self.person()
        facts = {"created_at": EARLY, "updated_at": EARLY, **facts}
        return self.add(Seat(body_id=body.id, person_id=person.id, **facts))

    def membership(self, organisation: Any = None, **facts: Any) -> Any:
        """A membership of the year 2026 whose fee is due."""
        from crm.governance.models import Membership

        organisation = organisation or self.organisation()
        year = {"begins_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
        facts = {**year, "created_at": EARLY, "updated_at": EARLY, **facts}
        return self.add(Membership(organisation_id=organisation.id, **facts))

    def college(self, slug: str = "communes", **facts: Any) -> Any:
        from crm.governance.models import College

        words = slug.replace("_", " ").capitalize()
        facts = {"name_fr": words, "name_en": words, "position": self.number(), **facts}
        return self.add(College(slug=slug, **facts))

    def body_function(self, slug: str = "chair", **facts: Any) -> Any:
        from crm.governance.models import BodyFunction

        words = slug.replace("_", " ").capitalize()
        facts = {"name_fr": words, "name_en": words, "position": self.number(), **facts}
        return self.add(BodyFunction(slug=slug, **facts))
