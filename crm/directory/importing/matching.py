"""What a row adds to the records it means: blanks are filled; the rest is told, and overwritten only by an
update."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from crm.directory import kinds as territory_kinds
from crm.directory import normal
from crm.directory.importing import likeness, refusals
from crm.directory.importing.asking import Directory
from crm.directory.importing.authorities import Place
from crm.directory.importing.choices import Key, Mode
from crm.directory.importing.columns import Field
from crm.directory.importing.finding import Finder
from crm.directory.importing.known import (
    ORGANISATION_COLUMNS,
    KnownOrganisation,
    KnownPerson,
    KnownRole,
    Reached,
    Record,
    Surroundings,
    is_blank,
)
from crm.directory.importing.rows import Facts, Kinds
from crm.directory.models import Civility, RoleCategory
from crm.territories.models import TerritoryKind
from crm.text import fold

Same = Callable[[Any, Any], bool]
# By column: how the field is called, and when two values of it are the same.
Form = Mapping[str, tuple[Field, Same]]
_OF_ORGANISATION: Form = {
    "reference": (Field.ORGANISATION_REFERENCE, likeness.equal),
    "acronym": (Field.ACRONYM, likeness.same_words),
    "aliases": (Field.ALIASES, likeness.within),
    "siren": (Field.SIREN, likeness.equal),
    "siret": (Field.SIRET, likeness.equal),
    "street": (Field.STREET, likeness.same_words),
    "postcode": (Field.POSTCODE, likeness.equal),
    "city": (Field.CITY, likeness.same_words),
    "country": (Field.COUNTRY, likeness.equal),
    "website": (Field.WEBSITE, likeness.same_site),
    "phone": (Field.ORGANISATION_PHONE, likeness.equal),
}
_OF_PERSON: Form = {
    "civility": (Field.CIVILITY, likeness.equal),
    "given_name": (Field.GIVEN_NAME, likeness.same_words),
    "family_name": (Field.FAMILY_NAME, likeness.same_words),
    "language": (Field.LANGUAGE, likeness.equal),
    "source": (Field.SOURCE, likeness.same_words),
    "reference": (Field.PERSON_REFERENCE, likeness.equal),
}
_OF_ROLE: Form = {
    "function": (Field.FUNCTION, likeness.same_words),
    "begins_on": (Field.BEGINS_ON, likeness.equal),
    "ends_on": (Field.ENDS_ON, likeness.equal),
}


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Difference(NamedTuple):
    """What the file says of a known record where the directory holds something else; `field` is a Field or
    the key of a further column."""

    field: str
    held: str
    given: str


@dataclass(slots=True)
class Taken:
    """What one row did; it `is_silent` when it bears an address that was erased at its owner's wish."""

    name: str = ""
    makes: int = 0
    fills: int = 0
    is_silent: bool = False
    differences: list[Difference] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if self.makes:
            return Outcome.CREATED
        return Outcome.UPDATED if self.fills else Outcome.UNCHANGED


class Matcher:
    """Takes rows in, one after the other, into what surrounds them. Nothing is written here."""

    def __init__(
        self,
        directory: Directory,
        around: Surroundings,
        kinds: Kinds,
        *,
        day: date,
        source: str,
        mode: Mode = Mode.FILL,
        key: Key = Key.ANY,
    ) -> None:
        self.directory, self.around, self.kinds = directory, around, kinds
        self.day, self.source, self.mode = day, source, mode
        self.finder = Finder(directory, around, kinds, key)

    def take(self, facts: Facts) -> Taken:
        """Match the row and add what it brings. Raises a CrmError before anything was added."""
        finder = self.finder
        finder.check_key(facts)
        place = finder.place(facts) if facts.names_organisation else None
        organisation = finder.organisation(facts, place) if facts.names_organisation else None
        found = organisation
        if organisation is not None:
            place = self._without_others_numbers(facts, organisation, place)
        if facts.names_organisation and organisation is None:
            organisation = self._new_organisation(facts, place)
        person = finder.person(facts, found) if facts.names_person else None
        taken = Taken(is_silent=self._bears_erased(facts))
        if organisation is not None:
            organisation.is_met = True
            if found is None or not self._is_left(found):
                self._take_organisation(taken, facts, organisation, place, is_new=found is None)
        if facts.names_person and (person is None or not self._is_left(person)):
            person = self._take_person(taken, facts, person)
            if organisation is not None:
                self._take_role(taken, facts, person, organisation)
        if person is not None:
            person.is_met = True
        marked = person or organisation
        if marked is not None and not self._is_left(marked):
            self._take_tags(taken, facts, marked)
        taken.name = " · ".join(one.name for one in (person, organisation) if one)
        return taken

    def _is_left(self, record: Reached) -> bool:
        """Whether this import leaves the record as it was before."""
        return self.mode is Mode.SKIP and record.id is not None and not record.is_ours

    def _without_others_numbers(
        self, facts: Facts, organisation: KnownOrganisation, place: Place | None
    ) -> Place | None:
        """Where a person chose the organisation, numbers that belong to another one are not given to it."""
        around, told = self.around, facts.organisation
        if "organisations" in facts.chosen or told.get("reference"):
            for name, known in (("siren", around.by_siren), ("siret", around.by_siret)):
                if known.get(told.get(name, "")) not in (None, organisation):
                    del told[name]
            if place is not None and (
                around.by_territory.get(place.id) not in (None, organisation)
                or around.by_siren.get(place.siren or "") not in (None, organisation)
            ):
                return None
        return place

    # What is new

    def _new_organisation(self, facts: Facts, place: Place | None) -> KnownOrganisation:
        held: dict[str, Any] = dict.fromkeys(ORGANISATION_COLUMNS, "")
        held |= dict.fromkeys(("kind_id", "siren", "siret", "reference", "territory_id"))
        held["country"] = "FR"
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
        self._tell_all(taken, organisation, _OF_ORGANISATION, told)
        if place is not None:
            if "siren" not in told:
                self._tell(taken, organisation, Field.SIREN, "siren", place.siren, likeness.equal)
            if organisation.held["territory_id"] is None:
                self._fill(taken, organisation, "territory_id", place.id)
        if facts.notes and not facts.names_person:
            self._tell(taken, organisation, Field.NOTES, "notes", facts.notes, likeness.equal)
        if facts.kind:
            kind_id = self.kinds.ids.get(facts.kind)
            self._tell(taken, organisation, Field.KIND, "kind_id", kind_id, likeness.equal)
        self._take_mailboxes(taken, facts, organisation)
        if facts.organisation_extra:
            self._take_extra(taken, organisation, facts.organisation_extra)
        if taken.makes or taken.fills:
            self.around.enter_organisation(organisation)

    def _tell_name(self, taken: Taken, given: str, organisation: KnownOrganisation, *, is_new: bool) -> None:
        """Another name of a new authority is kept beside the official one; of a known one it is told."""
        held = organisation.held
        if not given or given in organisation.called:
            return
        if likeness.is_called(held, given):
            organisation.called.add(given)
            return
        if is_new:
            held["aliases"] = given
        elif self.mode is Mode.UPDATE and held["territory_id"] is None:
            taken.differences.append(Difference(Field.ORGANISATION, organisation.name, given))
            self._fill(taken, organisation, "name", given)
            organisation.called.clear()
        else:
            taken.differences.append(Difference(Field.ORGANISATION, organisation.name, given))

    def _take_mailboxes(self, taken: Taken, facts: Facts, organisation: KnownOrganisation) -> None:
        others = () if facts.names_person else facts.other_emails
        for email in filter(None, (facts.organisation_email, *others)):
            if email not in organisation.emails:
                organisation.emails.append(email)
                organisation.new_emails.append(email)
                taken.fills += 1

    # What the row says of them

    def _take_person(self, taken: Taken, facts: Facts, person: KnownPerson | None) -> KnownPerson:
        told = facts.person
        if person is None:
            person = self._new_person(facts)
            taken.makes += 1
        else:
            if likeness.is_swapped(person, facts):
                told = {name: value for name, value in told.items() if not name.endswith("_name")}
            self._tell_all(taken, person, _OF_PERSON, told)
            self._tell(taken, person, Field.NOTES, "notes", facts.notes, likeness.equal)
        self._take_addresses(taken, facts, person)
        self._take_phones(taken, facts, person)
        if facts.person_extra:
            self._take_extra(taken, person, facts.person_extra)
        if taken.makes or taken.fills:
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
                "reference": told.get("reference"),
            },
            sort=facts.sorts[0] if facts.sorts else "",
            search=facts.search,
        )
        self.around.people.append(person)
        return person

    def _take_addresses(self, taken: Taken, facts: Facts, person: KnownPerson) -> None:
        """The first address of somebody without any; another main address is told, further ones are added.

        An update puts it before the others, unless the one written to so far is held or objected for:
        that would be writing again to somebody who asked us not to.
        """
        if facts.email and facts.email not in person.emails:
            if person.emails and self.mode is Mode.UPDATE and not self.around.guarded & set(person.emails):
                taken.differences.append(Difference(Field.EMAIL, person.emails[0], facts.email))
                person.first.add(facts.email)
                self._add_address(taken, person, facts.email)
            elif person.emails:
                taken.differences.append(Difference(Field.EMAIL, person.emails[0], facts.email))
            else:
                self._add_address(taken, person, facts.email)
        for email in facts.other_emails:
            if email not in person.emails:
                self._add_address(taken, person, email)

    def _bears_erased(self, facts: Facts) -> bool:
        silent = self.around.silent
        return bool(silent) and not silent.isdisjoint(
            (facts.email, facts.organisation_email, *facts.other_emails)
        )

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
            if self.mode is not Mode.UPDATE:
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
        self._tell_all(taken, role, _OF_ROLE, told)
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

    def _tell_all(self, taken: Taken, record: Record, form: Form, told: Mapping[str, Any]) -> None:
        for column, given in told.items():
            if column in form:
                named, same = form[column]
                self._tell(taken, record, named, column, given, same)

    def _tell(
        self,
        taken: Taken,
        record: Record,
        named: Field,
        column: str,
        given: Any,
        same: Same,
    ) -> None:
        """Fill the column when it is blank; where it differs, say so, and leave it but in an update."""
        if given is None or given == "":
            return
        held = record.held[column]
        if is_blank(held):
            self._fill(taken, record, column, given)
        elif not same(held, given):
            taken.differences.append(Difference(named, self._said(named, held), self._said(named, given)))
            if self.mode is Mode.UPDATE:
                self._fill(taken, record, column, given)

    def _take_extra(self, taken: Taken, record: Reached, told: dict[str, Any]) -> None:
        """What the further columns say, by the same rule."""
        for key, given in told.items():
            held = record.extra.get(key)
            if given is None or held == given:
                continue
            if held is not None:
                taken.differences.append(Difference(key, str(held), str(given)))
            if held is None or self.mode is Mode.UPDATE:
                record.extra_was.setdefault(key, held)
                record.extra[key] = given
                taken.fills += 1

    def _fill(self, taken: Taken, record: Record, column: str, value: Any) -> None:
        record.fill(column, value)
        taken.fills += 1

    def _said(self, named: Field, value: Any) -> str:
        if named is Field.KIND:
            return self.kinds.called.get(value, "")
        if named is Field.ORGANISATION_PHONE:
            return normal.shown_phone(value)
        return value.isoformat() if isinstance(value, date) else str(value)
