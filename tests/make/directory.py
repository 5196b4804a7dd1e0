"""People, organisations, territories, and what is done with them."""

from typing import Any

from tests.make.base import EARLY, Maker


class Directory(Maker):
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

    def tag(self, name: str = "Salon 2026") -> Any:
        from crm.directory.models import Tag

        return self.add(Tag(name=name))

    def own_field(self, name: str = "Parrain", of: str = "people") -> Any:
        from crm.directory.own.models import OwnField, OwnKind

        return self.add(
            OwnField(of=of, key=f"own-{self.number()}", kind=OwnKind.TEXT, name_fr=name, name_en=name)
        )

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

    def change(self, record: Any, **values: Any) -> Any:
        """A change of the record in its history: its notes, unless values say which."""
        from crm.history import Change, named

        facts = {"at": EARLY, "actor": "test", "act": "changed", "record": named(record)}
        return self.add(Change(**facts, values=values or {"notes": ["", "Bonjour"]}))
