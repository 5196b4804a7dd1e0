"""Events and all that hangs on one."""

from datetime import datetime, timedelta
from typing import Any

from tests.make.base import EARLY, Maker


class Events(Maker):
    def quota(self, event: Any, *people: Any, **facts: Any) -> Any:
        """Two places held back for a group, to which these people belong."""
        from crm.events.models import Quota, QuotaMember

        facts = {"name": f"Groupe {self.number()}", "places": 2, **facts}
        members = [QuotaMember(person_id=person.id) for person in people]
        return self.add(Quota(event_id=event.id, members=members, **facts))

    def event(self, title: str | None = None, **facts: Any) -> Any:
        """An open public event in Paris in June 2030, two hours from 14:00."""
        from crm.events.models import Event, EventState
        from crm.text import fold

        n = self.number()
        title = title or f"Webinaire {n}"
        starts = facts.pop("starts_wall", datetime(2030, 6, 12, 14, 0))  # noqa: DTZ001  (a wall)
        from crm import clock

        zone = clock.zone(facts.get("zone", "Europe/Paris"))
        ends = facts.pop("ends_wall", starts + timedelta(hours=2))
        facts = {
            "uid": f"test-{n}@maillage",
            "slug": f"webinaire-{n}",
            "state": EventState.OPEN,
            "starts_wall": starts,
            "ends_wall": ends,
            "starts_at": clock.instant(starts, zone),
            "ends_at": clock.instant(ends, zone),
            "search": fold(title),
            "created_at": EARLY,
            "updated_at": EARLY,
            **facts,
        }
        return self.add(Event(title=title, **facts))

    def event_kind(self, name: str = "Webinaire") -> Any:
        from crm.events.models import EventKind

        return self.add(EventKind(slug=f"kind-{self.number()}", name_fr=name, name_en=name))

    def door(self, event: Any, name: str = "Entrée", *, at: datetime = EARLY, **facts: Any) -> Any:
        """A link for helpers, good on the event's first day."""
        from crm.events.checkin import services

        with self._session() as session:
            return services.open_door(self._here(session, event), name=name, by="staff", at=at, **facts)

    def question(self, event: Any, title: str = "Repas", kind: str = "text", **facts: Any) -> Any:
        """A question of the event's form; `choices` are French names."""
        from crm.events.questions import services
        from crm.events.questions.models import Asks
        from crm.events.questions.services import Wanted

        choices = [("", name, "") for name in facts.pop("choices", ("Végétarien", "Poisson", "Autre"))]
        facts = {"purpose": "Commander les repas", "choices": choices, **facts}
        with self._session() as session:
            wanted = Wanted(kind=Asks(kind), title_fr=title, **facts)
            return services.add(self._here(session, event), wanted, by="staff")

    def question_set(self, name: str | None = None) -> Any:
        from crm.events.questions.models import QuestionSet

        return self.add(QuestionSet(name=name or f"Questions {self.number()}", created_at=EARLY))

    def column_set(self, name: str = "Pour la région", **facts: Any) -> Any:
        from crm.events.exporting.models import ColumnSet

        facts = {"columns": ["family_name"], "created_at": EARLY, "created_by": "staff", **facts}
        return self.add(ColumnSet(name=name, **facts))

    def private_link(self, event: Any, name: str = "Les élus") -> Any:
        from crm.events.admission import services

        with self._session() as session:
            return services.open_link(self._here(session, event), name, by="staff", at=EARLY)

    def programme_session(self, event: Any, *people: Any, title: str = "Ouverture") -> Any:
        """The first half hour of the event, with these people, printed as they are today."""
        from crm.events.programme import services

        with self._session() as session:
            event = self._here(session, event)
            ends = event.starts_wall + timedelta(minutes=30)
            told = services.Told(title=title, starts_wall=event.starts_wall, ends_wall=ends)
            voices = [services.Voice(self._here(session, person)) for person in people]
            return services.add(event, told, voices, at=EARLY)

    def event_document(self, event: Any, **facts: Any) -> Any:
        """What is known of a file; the file itself is not there."""
        from crm.events.programme.models import Document

        facts = {"name": "diapos.pdf", "media_type": "application/pdf", "size": 3, "added_at": EARLY, **facts}
        return self.add(Document(event_id=event.id, **{"stored_as": f"{self.number():032x}", **facts}))

    def resource(self, event: Any, **facts: Any) -> Any:
        """A link that stays after the event."""
        from crm.events.resources.models import Resource, ResourceKind

        facts = {"kind": ResourceKind.REPLAY, "title": "Vidéo", "url": "https://example.org/v", **facts}
        return self.add(Resource(event_id=event.id, added_at=EARLY, **facts))

    def platform_person(self, event: Any, name: str = "Ada", **facts: Any) -> Any:
        """Somebody in a platform's file of that event."""
        from crm.events.platforms.models import Connected, FileState, Match, PlatformFile

        file = PlatformFile(
            event_id=event.id,
            name="rapport.csv",
            layout="zoom",
            state=FileState.READ,
            least_minutes=15,
            unread=[],
            digest="",
            at=EARLY,
            by="staff",
        )
        facts = {"match": Match.NONE, "seconds": 3600, "spans": [], "candidates": [], **facts}
        return self.add(Connected(file_id=self.add(file).id, name=name, **facts))

    def series(self, *events: Any, **facts: Any) -> Any:
        from crm.events.series.models import Occurrence, Series

        n = self.number()
        facts = {"title": "Les mercredis", "slug": f"serie-{n}", "created_at": EARLY, **facts}
        series = self.add(Series(updated_at=EARLY, **facts))
        for event in events:
            self.add(Occurrence(event_id=event.id, series_id=series.id))
        return series

    def event_template(self, event: Any, name: str = "Colloque annuel") -> Any:
        from crm.events.copying import services

        with self._session() as session:
            return services.keep(self._here(session, event), services.without_people(), name=name, at=EARLY)

    def registration(self, event: Any, person: Any) -> Any:
        """Somebody who was put on the list, at an address of their own."""
        from crm.events.services import seats
        from crm.events.services.visitors import Standing
        from crm.mail.models import Address

        address = self.address()
        with self._session() as session:
            return seats.register(
                self._here(session, event), self._here(session, person), mode=None,
                address=session.get_one(Address, address.id), standing=Standing(), language="fr",
                source="staff", at=EARLY,
            )  # fmt: skip

    def invitation(self, event: Any, person: Any, **facts: Any) -> Any:
        """An invitation that waits for an answer, at an address of its own."""
        from crm.events.models import Invitation

        facts = {"invited_at": EARLY, "invited_by": "staff@example.org", **facts}
        return self.add(
            Invitation(
                event_id=event.id,
                person_id=person.id,
                address_id=self.address().id,
                token=f"{self.number():040d}",
                **facts,
            )
        )

    def prepared_invitation(self, event: Any, person: Any, **facts: Any) -> Any:
        """Somebody who is to be invited, and was not written to."""
        from crm.events.models import PreparedInvitation

        facts = {"prepared_at": EARLY, "prepared_by": "staff@example.org", **facts}
        return self.add(PreparedInvitation(event_id=event.id, person_id=person.id, **facts))

    def calendar_reply(self, event: Any, **facts: Any) -> Any:
        """An acceptance of somebody who was not invited."""
        from crm.events.replies import matching
        from crm.events.replies.models import CalendarReply, ReplyState

        facts = {
            "state": ReplyState.WAITING,
            "reason": matching.STRANGER,
            "facts": {"attendee": "bob@example.net"},
            "method": "REPLY",
            "answer": "ACCEPTED",
            "attendee": "bob@example.net",
            "attendee_name": "Bob Noyce",
            "sender": "bob@example.net",
            "stamp": EARLY,
            "came_at": EARLY,
            **facts,
        }
        return self.add(CalendarReply(key=f"test-{self.number()}", event_id=event.id, **facts))

    def reminder(self, event: Any, **facts: Any) -> Any:
        """A reminder of the registered one hour before."""
        from crm.events.reminders.models import Readers, Reminder

        facts = {"readers": Readers.REGISTERED, "minutes": 60, "planned_at": EARLY, **facts}
        facts = {"created_at": EARLY, "created_by": "staff@example.org", **facts}
        leaves_at = event.starts_at - timedelta(hours=1)
        return self.add(Reminder(event_id=event.id, **{"leaves_at": leaves_at, **facts}))

    def assembly(self, event: Any, *, at: datetime = EARLY, **rule: Any) -> Any:
        """An assembly of the organisations that are registered, half of which make a quorum."""
        from crm.events.assemblies import services
        from crm.events.assemblies.models import Electorate

        told = services.Rule(**{"electorate": Electorate.ORGANISATIONS, **rule})
        with self._session() as session:
            return services.call(self._here(session, event), told, by="staff", at=at)

    def voter(self, assembly: Any, name: str | None = None) -> Any:
        """An organisation that may vote."""
        from crm.events.assemblies.models import Voter

        organisation = self.organisation(name)
        facts = {"organisation_id": organisation.id, "name": organisation.name, "sort": organisation.sort}
        return self.add(Voter(assembly_id=assembly.id, **facts))
