"""Which record a row means, and what it adds: blanks are filled, the rest is told and never overwritten."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from crm.directory import kinds as territory_kinds
from crm.directory import normal
from crm.directory.importing import likeness, refusals
from crm.directory.importing.columns import Field
from crm.directory.importing.known import (
    ORGANISATION_COLUMNS,
    Directory,
    KnownOrganisation,
    KnownPerson,
    KnownRole,
    Place,
    Reached,
    Record,
    Surroundings,
    is_blank,
    written,
)
from crm.directory.importing.rows import Facts, Kinds
from crm.directory.models import Civility, RoleCategory
from crm.territories import words
from crm.territories.models import TerritoryKind
from crm.text import fold


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Difference(NamedTuple):
    """What the file says of a known record where the directory holds something else."""

    field: Field
    held: str
    given: str


@dataclass
class Taken:
    """What one row did."""

    name: str = ""
    makes: int = 0
    fills: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if self.makes:
            return Outcome.CREATED
        return Outcome.UPDATED if self.fills else Outcome.UNCHANGED


class Matcher:
    """Takes rows in, one after the other, into what surrounds them. Nothing is written here."""

    def __init__(
        self, directory: Directory, around: Surroundings, kinds: Kinds, *, day: date, source: str
    ) -> None:
        self.directory, self.around, self.kinds = directory, around, kinds
        self.day, self.source = day, source

    def take(self, facts: Facts) -> Taken:
        """Match the row and add what it brings. Raises a CrmError before anything was added."""
        place = self._place(facts)
        organisation = self._find_organisation(facts, place) if facts.names_organisation else None
        found = organisation
        if facts.names_organisation and organisation is None:
            organisation = self._new_organisation(facts, place)
        person = self._find_person(facts, found) if facts.names_person else None
        taken = Taken()
        if organisation is not None:
            self._take_organisation(taken, facts, organisation, place, is_new=found is None)
        if facts.names_person:
            person = self._take_person(taken, facts, person)
            if organisation is not None:
                self._take_role(taken, facts, person, organisation)
        self._take_tags(taken, facts, person or organisation)
        taken.name = " · ".join(one.name for one in (person, organisation) if one)
        return taken

    # Which organisation

    def _place(self, facts: Facts) -> Place | None:
        """The authority of the reference that the row's organisation is; None when it is another body
        that only has its seat there. Raises UnknownCode, SeveralTerritories."""
        siren = facts.organisation.get("siren")
        if facts.code is None:
            return self.around.places_by_siren.get(siren) if siren else None
        place = self._coded(facts)
        name = facts.organisation.get("name")
        if siren and place.siren:
            return place if siren == place.siren else self.around.places_by_siren.get(siren)
        if facts.kind and facts.kind != territory_kinds.OF_TERRITORY[place.kind]:
            return None
        if facts.kind or not name:
            return place
        key = words.name_key(words.untitled(name))
        return place if key == place.name_key or key.startswith(f"{place.name_key} ") else None

    def _coded(self, facts: Facts) -> Place:
        code = str(facts.code)
        alike = self.around.places.get(code, [])
        if not alike and (place := self.around.places_by_siren.get(code)):
            return place
        if not alike:
            raise refusals.UnknownCode(code=code[:40])
        if len(alike) > 1 and facts.kind:
            alike = [p for p in alike if territory_kinds.OF_TERRITORY[p.kind] == facts.kind] or alike
        siren = facts.organisation.get("siren")
        if len(alike) > 1 and siren:
            alike = [p for p in alike if p.siren == siren] or alike
        if len(alike) > 1:
            raise refusals.SeveralTerritories(code=code)
        return alike[0]

    def _find_organisation(self, facts: Facts, place: Place | None) -> KnownOrganisation | None:
        told, around = facts.organisation, self.around
        by_number = [
            around.by_siren.get(told.get("siren") or (place.siren if place else None) or ""),
            around.by_siret.get(told.get("siret", "")),
            around.by_territory.get(place.id) if place else None,
        ]
        found = list(dict.fromkeys(one for one in by_number if one is not None))
        if len(found) > 1:
            raise refusals.OtherOrganisations(one=found[0].name, other=found[1].name)
        organisation = found[0] if found else self._named(facts, place)
        if organisation is not None and organisation.is_binned:
            raise refusals.InTheBin(name=organisation.name)
        return organisation

    def _named(self, facts: Facts, place: Place | None) -> KnownOrganisation | None:
        """The one organisation of that name whose numbers do not contradict the row's."""
        name = place.name if place else facts.organisation.get("name", "")
        siren = facts.organisation.get("siren") or (place.siren if place else None)
        sort = normal.organisation_sort(name)
        alike = self.around.by_name.get(sort, []) if sort else []
        if siren or place:
            alike = [one for one in alike if not one.held["siren"] and not one.held["territory_id"]]
            return alike[0] if len(alike) == 1 else None
        postcode = facts.organisation.get("postcode")
        if len(alike) > 1 and postcode:
            alike = [one for one in alike if one.held["postcode"] == postcode] or alike
        if len(alike) > 1:
            raise refusals.SeveralOrganisations(name=name)
        if not alike and sort in self.directory.binned_names:
            raise refusals.InTheBin(name=self.directory.binned_names[sort])
        return alike[0] if alike else None

    def _new_organisation(self, facts: Facts, place: Place | None) -> KnownOrganisation:
        held: dict[str, Any] = dict.fromkeys((column.key for column in ORGANISATION_COLUMNS), "")
        held |= {"kind_id": None, "siren": None, "siret": None, "territory_id": None, "country": "FR"}
        if place is not None:
            held |= self._of_reference(place)
        elif not facts.organisation.get("name"):
            raise refusals.NewWithoutName
        else:
            held["name"] = facts.organisation["name"]
        return KnownOrganisation(held=held)

    def _of_reference(self, place: Place) -> dict[str, Any]:
        """As `services.facts_of` says them."""
        postcodes = place.postcodes.split()
        return {
            "name": place.name,
            "kind_id": self.kinds.ids.get(territory_kinds.OF_TERRITORY[place.kind]),
            "siren": place.siren,
            "territory_id": place.id,
            "postcode": postcodes[0] if len(postcodes) == 1 else "",
            "city": place.name if place.kind is TerritoryKind.COMMUNE else "",
        }

    # What the row says of it

    def _take_organisation(
        self,
        taken: Taken,
        facts: Facts,
        organisation: KnownOrganisation,
        place: Place | None,
        *,
        is_new: bool,
    ) -> None:
        told = facts.organisation
        if is_new:
            # What the row says of its own place goes before what the reference supposes.
            organisation.held |= {key: told[key] for key in ("postcode", "city", "country") if key in told}
            taken.makes += 1
            self.around.organisations.append(organisation)
        self._tell_name(taken, told.get("name", ""), organisation, is_new=is_new)
        for named, column, given, same in (
            (Field.ACRONYM, "acronym", told.get("acronym"), likeness.same_words),
            (Field.ALIASES, "aliases", told.get("aliases"), likeness.within),
            (Field.SIREN, "siren", told.get("siren") or (place.siren if place else None), likeness.equal),
            (Field.SIRET, "siret", told.get("siret"), likeness.equal),
            (Field.STREET, "street", told.get("street"), likeness.same_words),
            (Field.POSTCODE, "postcode", told.get("postcode"), likeness.equal),
            (Field.CITY, "city", told.get("city"), likeness.same_words),
            (Field.COUNTRY, "country", told.get("country"), likeness.equal),
            (Field.WEBSITE, "website", told.get("website"), likeness.same_site),
            (Field.ORGANISATION_PHONE, "phone", told.get("phone"), likeness.equal),
            (Field.NOTES, "notes", None if facts.names_person else facts.notes, likeness.equal),
        ):
            self._tell(taken, organisation, named, column, given, same)
        if facts.kind:
            self._tell(
                taken, organisation, Field.KIND, "kind_id", self.kinds.ids.get(facts.kind), likeness.equal
            )
        if place is not None and organisation.held["territory_id"] is None:
            self._fill(taken, organisation, "territory_id", place.id)
        self._take_mailboxes(taken, facts, organisation)
        self.around.enter_organisation(organisation)

    def _tell_name(self, taken: Taken, given: str, organisation: KnownOrganisation, *, is_new: bool) -> None:
        """Another name of a new authority is kept beside the official one; of a known one it is told."""
        held = organisation.held
        if not given or likeness.is_called(held, given):
            return
        if is_new:
            held["aliases"] = given
        else:
            taken.differences.append(Difference(Field.ORGANISATION, organisation.name, given))

    def _take_mailboxes(self, taken: Taken, facts: Facts, organisation: KnownOrganisation) -> None:
        others = () if facts.names_person else facts.other_emails
        for email in filter(None, (facts.organisation_email, *others)):
            if email not in organisation.emails:
                organisation.emails.append(email)
                organisation.new_emails.append(email)
                taken.fills += 1

    # Which person

    def _find_person(self, facts: Facts, organisation: KnownOrganisation | None) -> KnownPerson | None:
        """The person meant; None for a new one. Raises SeveralPeople, SeveralReaders, InTheBin."""
        found = self._reader(facts) if facts.email else None
        if found is None and written(facts):
            found = self._namesake(facts, organisation)
        if found is not None and found.is_binned:
            raise refusals.InTheBin(name=found.name)
        return found

    def _reader(self, facts: Facts) -> KnownPerson | None:
        """The reader of the row's address who may be the person; None when others share it."""
        readers = self.around.readers.get(str(facts.email), [])
        likely = [one for one in readers if likeness.same_name(one, facts)]
        if not likely:
            likely = [one for one in readers if likeness.near_name(one, facts)]
        likely = [one for one in likely if not one.is_binned] or likely[:1]
        if len(likely) > 1:
            raise refusals.SeveralReaders(email=facts.email)
        return likely[0] if likely else None

    def _namesake(self, facts: Facts, organisation: KnownOrganisation | None) -> KnownPerson | None:
        """Somebody of that name with a role in that organisation; where the row names none, somebody with
        that phone, or of whom nothing but the name is known."""
        alike = [one for sort in written(facts) for one in self.around.by_person_name.get(sort, [])]
        alike = list(dict.fromkeys(one for one in alike if likeness.same_name(one, facts)))
        if organisation is not None:
            alike = [one for one in alike if any(role.is_at(organisation) for role in one.roles)]
        elif facts.names_organisation:
            return None
        else:
            alike = [one for one in alike if likeness.is_as_bare(one, facts)]
        if facts.email and len(alike) > 1:
            alike = [one for one in alike if not one.emails]
            return alike[0] if len(alike) == 1 else None
        if len(alike) > 1:
            raise refusals.SeveralPeople(name=alike[0].name)
        return alike[0] if alike else None

    # What the row says of them

    def _take_person(self, taken: Taken, facts: Facts, person: KnownPerson | None) -> KnownPerson:
        told = facts.person
        if person is None:
            person = self._new_person(facts)
            taken.makes += 1
        swapped = likeness.is_swapped(person, facts)
        for named, column, same in (
            (Field.CIVILITY, "civility", likeness.equal),
            (Field.GIVEN_NAME, "given_name", likeness.same_words),
            (Field.FAMILY_NAME, "family_name", likeness.same_words),
            (Field.LANGUAGE, "language", likeness.equal),
            (Field.SOURCE, "source", likeness.same_words),
        ):
            if not (swapped and column.endswith("_name")):
                self._tell(taken, person, named, column, told.get(column), same)
        self._tell(taken, person, Field.NOTES, "notes", facts.notes, likeness.equal)
        self._take_addresses(taken, facts, person)
        self._take_phones(taken, facts, person)
        self.around.enter_person(person)
        return person

    def _new_person(self, facts: Facts) -> KnownPerson:
        told = facts.person
        person = KnownPerson(
            held={
                "civility": told.get("civility", Civility.NONE),
                "given_name": told.get("given_name", ""),
                "family_name": told.get("family_name", ""),
                "language": told.get("language", "fr"),
                "notes": facts.notes,
                "source": told.get("source") or self.source,
            }
        )
        self.around.people.append(person)
        return person

    def _take_addresses(self, taken: Taken, facts: Facts, person: KnownPerson) -> None:
        """The first address of somebody without any; another main address is told, further ones are added."""
        if facts.email and facts.email not in person.emails:
            if person.emails:
                taken.differences.append(Difference(Field.EMAIL, person.emails[0], facts.email))
            else:
                self._add_address(taken, person, facts.email)
        for email in facts.other_emails:
            if email not in person.emails:
                self._add_address(taken, person, email)

    def _add_address(self, taken: Taken, person: KnownPerson, email: str) -> None:
        person.emails.append(email)
        person.new_emails.append(email)
        taken.fills += 1

    def _take_phones(self, taken: Taken, facts: Facts, person: KnownPerson) -> None:
        missing = [number for number in facts.phones if number not in person.phones]
        if not missing:
            return
        if person.phones:
            shown = [", ".join(map(normal.shown_phone, numbers)) for numbers in (person.phones, missing)]
            taken.differences.append(Difference(Field.PHONE, *shown))
            return
        person.phones += missing
        person.new_phones += missing
        taken.fills += 1

    # The role

    def _take_role(
        self, taken: Taken, facts: Facts, person: KnownPerson, organisation: KnownOrganisation
    ) -> None:
        told = facts.role
        role = likeness.role_meant(
            [role for role in person.roles if role.is_at(organisation)], told, self.day
        )
        if role is None:
            self._give_role(taken, told, person, organisation)
            return
        for named, column, same in (
            (Field.FUNCTION, "function", likeness.same_words),
            (Field.BEGINS_ON, "begins_on", likeness.equal),
            (Field.ENDS_ON, "ends_on", likeness.equal),
        ):
            self._tell(taken, role, named, column, told.get(column), same)
        category = told.get("category")
        if category and role.held["category"] is RoleCategory.OTHER and category is not RoleCategory.OTHER:
            self._fill(taken, role, "category", category)
        elif category:
            self._tell(taken, role, Field.CATEGORY, "category", category, likeness.equal)
        likeness.settle_main(person, self.day)

    def _give_role(
        self, taken: Taken, told: dict[str, Any], person: KnownPerson, organisation: KnownOrganisation
    ) -> None:
        role = KnownRole(
            organisation_id=organisation.id,
            organisation=organisation,
            held={
                "function": told.get("function", ""),
                "category": told.get("category", RoleCategory.OTHER),
                "is_main": False,
                "begins_on": told.get("begins_on"),
                "ends_on": told.get("ends_on"),
            },
        )
        person.roles.append(role)
        taken.fills += 1
        likeness.settle_main(person, self.day)

    def _take_tags(self, taken: Taken, facts: Facts, record: Reached | None) -> None:
        for name in facts.tags:
            key = fold(name)
            if record is not None and key and key not in record.tags:
                record.tags.add(key)
                record.new_tags.append(name)
                taken.fills += 1

    # Filling

    def _tell(
        self,
        taken: Taken,
        record: Record,
        named: Field,
        column: str,
        given: Any,
        same: Callable[[Any, Any], bool],
    ) -> None:
        """Fill the column when it is blank; where it differs, say so and leave it."""
        if given is None or given == "":
            return
        held = record.held[column]
        if is_blank(held):
            self._fill(taken, record, column, given)
        elif not same(held, given):
            taken.differences.append(Difference(named, self._said(named, held), self._said(named, given)))

    def _fill(self, taken: Taken, record: Record, column: str, value: Any) -> None:
        record.fill(column, value)
        taken.fills += 1

    def _said(self, named: Field, value: Any) -> str:
        if named is Field.KIND:
            return self.kinds.called.get(value, "")
        if named is Field.ORGANISATION_PHONE:
            return normal.shown_phone(value)
        return value.isoformat() if isinstance(value, date) else str(value)
