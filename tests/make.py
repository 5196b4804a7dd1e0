"""Records for tests: each call fills in everything that the test does not care about.

Inside a test that holds a `session`, records are in that session; elsewhere each call commits in
a context of its own and gives back an object that may be read freely.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask, has_app_context
from sqlalchemy import select
from sqlalchemy.orm import make_transient_to_detached  # noqa: F401

from crm.db import db

EARLY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "trois tuiles bleues au grenier"


class Make:
    def __init__(self, app: Flask) -> None:
        self.app = app
        self._numbers = count(1)

    @contextmanager
    def _session(self) -> Iterator[Any]:
        if has_app_context():
            yield db.session
            db.session.flush()
        else:
            with self.app.app_context():
                db.session().expire_on_commit = False
                yield db.session
                db.session.commit()

    def add(self, record: Any) -> Any:
        with self._session() as session:
            session.add(record)
            session.flush()
        return record

    def number(self) -> int:
        return next(self._numbers)

    # Accounts

    def account(self, right: str = "staff", **facts: Any) -> Any:
        from crm.accounts import services
        from crm.web.rights import Right

        n = self.number()
        facts = {"email": f"{right}{n}@example.org", "name": f"Compte {n}", "password": PASSWORD, **facts}
        is_open = facts.pop("is_open", True)
        with self._session():
            account = services.create(right=Right(right), at=EARLY, **facts)
            account.is_open = is_open
            return account

    # Directory

    def address(self, email: str | None = None, **facts: Any) -> Any:
        from crm.mail.models import Address

        email = email or f"adresse{self.number()}@example.org"
        with self._session() as session:
            known = session.scalar(select(Address).where(Address.email == email.lower()))
        return known or self.add(Address(email=email.lower(), **facts))

    def bounce(self, email: str = "partie@example.org", **facts: Any) -> Any:
        """A report that nobody reads the address, which is held."""
        from crm.mail.models import Bounce, BounceKind, Report, ReportSource

        address = self.address(email, held_since=EARLY, hold_reason="Nobody reads this address.")
        raw = b"Subject: Undelivered\r\n\r\nStatus: 5.1.1\r\n"
        report = Report(
            key=f"mail:{self.number()}", source=ReportSource.MAIL, came_at=EARLY, size=len(raw), raw=raw
        )
        facts = {"kind": BounceKind.HARD, "is_final": True, "recipient": email, "status": "5.1.1", **facts}
        return self.add(Bounce(report=report, address_id=address.id, **facts))

    def delivery(self, email: str = "lue@example.org", **facts: Any) -> Any:
        """A single message that left, with its bytes."""
        import zlib

        from crm.mail.kept.models import KeptMessage
        from crm.mail.models import Delivery, DeliveryState, Purpose

        n = self.number()
        facts = {
            "kind": "test", "subject_id": n, "purpose": Purpose.SERVICE, "stamp": EARLY, "not_before": EARLY,
            "message_id": f"made-{n}", "token": f"token-{n}", "state": DeliveryState.ACCEPTED, "attempts": 1,
            **facts,
        }  # fmt: skip
        delivery = self.add(Delivery(address_id=self.address(email).id, **facts))
        content = b"Subject: Bonjour\r\nContent-Type: text/html\r\n\r\n<!doctype html><title>Bonjour</title>"
        self.add(KeptMessage(delivery_id=delivery.id, content=zlib.compress(content), at=EARLY))
        return delivery

    def organisation(self, name: str | None = None, **facts: Any) -> Any:
        from crm.directory.models import Organisation
        from crm.text import fold

        name = name or f"Organisation {self.number()}"
        facts = {"created_at": EARLY, "updated_at": EARLY, "search": fold(name), "sort": fold(name), **facts}
        return self.add(Organisation(name=name, **facts))

    def person(self, given_name: str = "Ada", family_name: str | None = None, **facts: Any) -> Any:
        """A person; `email` gives one address, `organisation` a main role there."""
        from crm.directory.models import Person, PersonAddress
        from crm.text import fold

        n = self.number()
        family_name = f"Martin{n}" if family_name is None else family_name
        email, organisation = facts.pop("email", f"personne{n}@example.org"), facts.pop("organisation", None)
        function = facts.pop("function", "Directrice")
        words = fold(f"{family_name} {given_name}")
        facts = {"created_at": EARLY, "updated_at": EARLY, "search": words, "sort": words, **facts}
        person = self.add(Person(given_name=given_name, family_name=family_name, **facts))
        if email:
            self.add(PersonAddress(person_id=person.id, address_id=self.address(email).id))
        if organisation is not None:
            self.role(person=person, organisation=organisation, function=function, is_main=True)
        return person

    def role(self, *, person: Any = None, organisation: Any = None, **facts: Any) -> Any:
        from crm.directory.models import Role

        person = person or self.person()
        organisation = organisation or self.organisation()
        facts = {"function": "Directrice", "is_main": True, **facts}
        return self.add(Role(person_id=person.id, organisation_id=organisation.id, **facts))

    def territory(
        self, name: str = "Angers", kind: str = "commune", code: str | None = None, **facts: Any
    ) -> Any:
        from crm.territories import words
        from crm.territories.models import Territory, TerritoryKind

        code = code or f"{49000 + self.number()}"
        facts = {"search": words.search_text(name, [code]), "name_key": words.name_key(name), **facts}
        return self.add(Territory(kind=TerritoryKind(kind), name=name, code=code, **facts))

    def view(self, name: str | None = None, where: str = "all(name.has;value:a)", **facts: Any) -> Any:
        """A shared view of people whose name has an a."""
        from crm.directory.conditions.tree import as_json, read
        from crm.directory.models import SavedView

        facts = {"kind": "people", "is_shared": True, "created_at": EARLY, "updated_at": EARLY, **facts}
        return self.add(
            SavedView(name=name or f"Vue {self.number()}", conditions=as_json(read(where)), **facts)
        )

    def pair(self, one: Any, other: Any, **facts: Any) -> Any:
        """Two records that may be one."""
        from crm.directory.merging.models import Pair

        keys = sorted((one.id, other.id))
        facts = {"strength": 90, "reasons": ["name", "phone"], "found_at": EARLY, **facts}
        return self.add(Pair(kind=one.__tablename__, one_id=keys[0], other_id=keys[1], **facts))

    def merge(self, kept: Any, gone: Any) -> Any:
        """The second record merged into the first."""
        from crm.directory.merging import services

        with self._session() as session:
            return services.merge(
                self._here(session, kept), self._here(session, gone), by="ana@example.org", at=EARLY
            )

    # Governance

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

    # Events

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

    # Relations

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

    # Mailings and kits

    def purpose(self, name: str = "Lettre aux adhérents", **facts: Any) -> Any:
        """A fifth purpose, for those who agreed."""
        from crm.mail import purposes
        from crm.mail.models import Basis, Permission

        told: Any = dict.fromkeys(("name_en", "explained_fr", "explained_en", "notice_fr", "notice_en"), "")
        told |= {"basis": Basis.CONSENT, "permission": Permission.ONLY_AGREED, "reach_id": None}
        with self._session():
            return purposes.add({"name_fr": name, **told, **facts})

    def mailing(self, subject: str = "Lettre de printemps", **facts: Any) -> Any:
        """A draft in French to everybody."""
        from crm.mailings import services

        facts = {"audience": "", "subject_fr": subject, "body_fr": "<p>Bonjour,</p>", **facts}
        with self._session():
            return services.create(at=EARLY, **facts)

    def mailing_template(self, name: str = "Lettre mensuelle", **facts: Any) -> Any:
        from crm.mailings.stationery.models import Template

        facts = {"subject_fr": name, "body_fr": "<div>Bonjour,</div>", "created_at": EARLY, **facts}
        return self.add(Template(name=name, **facts))

    def mail_signature(self, name: str = "Équipe", **facts: Any) -> Any:
        """A signature that everybody shares."""
        from crm.mailings.stationery.models import Signature

        return self.add(Signature(name=name, **{"body_fr": "<div>L’équipe</div>", **facts}))

    def picture(self, name: str = "Carte", **facts: Any) -> Any:
        """A picture of mails, whose file is not there."""
        from crm.mailings.stationery.models import Picture

        facts = {"alt_fr": "Carte des membres", "media_type": "image/png", "added_at": EARLY, **facts}
        facts = {"size": 9000, "width": 1200, "height": 600, "stored_as": f"{self.number():032x}", **facts}
        return self.add(Picture(name=name, **facts))

    def subscription_form(self, title_fr: str = "Notre lettre", **facts: Any) -> Any:
        from crm.mailings.subscribing import services

        told = {
            **dict.fromkeys(("title_en", "text_fr", "text_en"), ""),
            "purposes": ["newsletter"],
            "tag_id": None,
            "is_open": True,
        }
        with self._session():
            return services.create(services.Told(title_fr=title_fr, **{**told, **facts}), by=None, at=EARLY)

    def kit(self, title: str | None = None, **facts: Any) -> Any:
        """A published kit with a letter that fits into a link."""
        from crm.kits.models import Kit, KitState
        from crm.text import fold

        n = self.number()
        facts = {
            "slug": f"kit-{n}",
            "state": KitState.PUBLISHED,
            "call": "<p>Écrivez à votre député.</p>",
            "letter_subject": "Conseillers numériques",
            "letter_body": "Madame, Monsieur,\n\nGardez-les.\n\nCordialement",
            "published_at": EARLY,
            "created_at": EARLY,
            "updated_at": EARLY,
            "search": fold(title or f"Kit {n}"),
            **facts,
        }
        return self.add(Kit(title=title or f"Kit {n}", **facts))

    def parliamentarian(self, family_name: str = "Bois", seat: str = "49-01", **facts: Any) -> Any:
        """Who sits for that constituency, or for that department in the Sénat."""
        from crm.kits.parliament import services
        from crm.kits.parliament.models import Chamber, Parliamentarian

        chamber = Chamber.ASSEMBLY if "-" in seat else Chamber.SENATE
        facts = {"chamber": chamber, "source_key": f"T{self.number()}", "given_name": "Véra", **facts}
        one = Parliamentarian(family_name=family_name, seat=seat, **facts)
        services.settle(one)
        return self.add(one)

    def kit_letter(self, kit: Any, label: str = "Sénat", **facts: Any) -> Any:
        """A version of the kit's letter, for senators."""
        from crm.kits.acting.models import KitLetter
        from crm.kits.parliament.models import Chamber

        facts = {"chamber": Chamber.SENATE, "subject": "Objet", "body": "{{civilite}},", **facts}
        return self.add(KitLetter(kit_id=kit.id, label=label, **facts))

    def kit_target(self, kit: Any, one: Any, reason: str = "Rapporteure") -> Any:
        """Somebody whom every reader of the kit is asked to write to."""
        from crm.kits.acting.models import KitTarget

        return self.add(KitTarget(kit_id=kit.id, parliamentarian_id=one.id, reason=reason))

    def cosignatory(self, kit: Any, organisation: Any, **facts: Any) -> Any:
        """An organisation that signs the kit."""
        from crm.kits.models import Cosignatory

        facts = {"signed_on": EARLY.date(), **facts}
        return self.add(Cosignatory(kit_id=kit.id, organisation_id=organisation.id, **facts))

    def signing(self, kit: Any, **facts: Any) -> Any:
        """A request to sign that waits for somebody to decide."""
        from crm.kits.signing.models import Signing, SigningState
        from crm.mail.models import Address

        n = self.number()
        facts = {"name": f"Association {n}", "given_name": "Ana", "family_name": "Roux", "is_public": True,
                 "function": "Présidente", "wants_mail": False, "language": "fr", "token": f"signing-{n}",
                 "state": SigningState.PENDING, "asked_at": EARLY, "confirmed_at": EARLY,
                 **facts}  # fmt: skip
        return self.add(Signing(kit_id=kit.id, address=Address(email=f"signer-{n}@example.org"), **facts))

    def kit_release(self, kit: Any, **facts: Any) -> Any:
        from crm.kits.signing.models import KitRelease

        facts = {"title": kit.title, "body": "<p>Communiqué</p>", "signatories": [], **facts}
        return self.add(
            KitRelease(kit_id=kit.id, released_on=EARLY.date(), made_at=EARLY, made_by="test", **facts)
        )

    def kit_amendment(self, kit: Any, **facts: Any) -> Any:
        """A first version."""
        from crm.kits.amending.models import KitAmendment

        facts = {"number": 1, "provision": "Après l’article 42…", "written_at": EARLY, **facts}
        return self.add(KitAmendment(kit_id=kit.id, written_by="test", **facts))

    def amendment_relay(self, version: Any, one: Any, **facts: Any) -> Any:
        from crm.kits.amending.models import AmendmentRelay

        return self.add(AmendmentRelay(amendment_id=version.id, parliamentarian_id=one.id, **facts))

    def roster_load(self, **facts: Any) -> Any:
        """A file of deputies that was looked through and waits."""
        from crm.kits.parliament.models import Chamber, RosterLoad

        counts = dict.fromkeys(("read", "created", "updated", "unchanged", "left", "refused", "places"), 0)
        facts = {"chamber": Chamber.ASSEMBLY, "files": ["deputes.csv"], "source": "Datan",
                 "counts": counts, "licence": "Licence Ouverte", "faults": [], "at": EARLY, "by": "test",
                 **facts}  # fmt: skip
        return self.add(RosterLoad(**facts))

    def change(self, record: Any, **values: Any) -> Any:
        """A change of the record in its history: its notes, unless values say which."""
        from crm.history import Change, named

        facts = {"at": EARLY, "actor": "test", "act": "changed", "record": named(record)}
        return self.add(Change(**facts, values=values or {"notes": ["", "Bonjour"]}))

    def _here(self, session: Any, value: Any) -> Any:
        """The records as those of this session."""
        if isinstance(value, list | tuple):
            return [self._here(session, one) for one in value]
        return session.merge(value) if hasattr(value, "__mapper__") else value


def day(text: str) -> date:
    return date.fromisoformat(text)
