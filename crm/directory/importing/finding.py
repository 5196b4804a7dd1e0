"""Which record a row means: by what a person chose, by the key asked for, or by all that it tells."""

from typing import TypeVar

from crm.directory import kinds as territory_kinds
from crm.directory import normal
from crm.directory.importing import authorities, likeness, refusals
from crm.directory.importing.asking import Directory
from crm.directory.importing.authorities import Place
from crm.directory.importing.choices import Key
from crm.directory.importing.known import (
    KnownOrganisation,
    KnownPerson,
    Surroundings,
)
from crm.directory.importing.rows import Facts, Kinds
from crm.territories import words

_Known = TypeVar("_Known", KnownOrganisation, KnownPerson)


class Finder:
    """Finds what rows mean among what surrounds them; changes nothing."""

    def __init__(self, directory: Directory, around: Surroundings, kinds: Kinds, key: Key) -> None:
        self.directory, self.around, self.kinds, self.key = directory, around, kinds, key

    def check_key(self, facts: Facts) -> None:
        """Refuse a row without the key by which its records are to be recognised."""
        if self.key is Key.ANY:
            return
        told = facts.organisation
        if self.key is Key.ADDRESS and facts.names_person and not facts.email:
            raise refusals.WithoutAddress
        numbered = told.get("siren") or told.get("siret") or facts.code
        if self.key is Key.SIREN and facts.names_organisation and not numbered:
            raise refusals.WithoutNumber
        if self.key is Key.REFERENCE and not (told.get("reference") or facts.person.get("reference")):
            raise refusals.WithoutReference

    # Which organisation

    def place(self, facts: Facts) -> Place | None:
        """The authority of the reference that the row's organisation is; None when it is another body
        that only has its seat there. Raises UnknownCode, SeveralTerritories, AmbiguousAuthority."""
        places, siren = self.around.places, facts.organisation.get("siren")
        if (chosen := facts.chosen.get("territories")) is not None:
            return places.by_id.get(chosen)
        if facts.code is None:
            found = places.by_siren.get(siren) if siren else None
            if found is None and self.key is Key.ANY and "organisations" not in facts.chosen:
                found = self._named_authority(facts)
            return found
        place = self._coded(facts)
        name = facts.organisation.get("name")
        if siren and place.siren:
            return place if siren == place.siren else places.by_siren.get(siren)
        if facts.kind and facts.kind != territory_kinds.OF_TERRITORY[place.kind]:
            return None
        if facts.kind or not name:
            return place
        key = words.name_key(authorities.bare_name(name))
        former = (code for _old, code in self.directory.authorities.former.get(key, ()))
        is_it = key == place.name_key or key.startswith(f"{place.name_key} ") or place.code in former
        return place if is_it else None

    def _named_authority(self, facts: Facts) -> Place | None:
        """The authority that the row claims by its name, unless an organisation goes by that very name."""
        if authorities.claim(facts) is None:
            return None
        kind = facts.kind
        for one in self.around.by_name.get(normal.organisation_sort(facts.organisation.get("name", "")), ()):
            same_kind = (
                not kind or one.held["kind_id"] is None or self.kinds.ids.get(kind) == one.held["kind_id"]
            )
            if one.held["territory_id"] is None and same_kind and not facts.department:
                return None
        return self.directory.authorities.named(self.around.places, facts)

    def _coded(self, facts: Facts) -> Place:
        code, places = str(facts.code), self.around.places
        alike = places.by_code.get(code, [])
        if not alike and (place := places.by_siren.get(code)):
            return place
        if not alike:
            raise refusals.UnknownCode(code=code[:40])
        if len(alike) > 1 and facts.kind:
            alike = [p for p in alike if territory_kinds.OF_TERRITORY[p.kind] == facts.kind] or alike
        siren = facts.organisation.get("siren")
        if len(alike) > 1 and siren:
            alike = [p for p in alike if p.siren == siren] or alike
        if len(alike) > 1:
            raise refusals.SeveralTerritories(code=code).among(alike)
        return alike[0]

    def organisation(self, facts: Facts, place: Place | None) -> KnownOrganisation | None:
        """The organisation meant; None for a new one. Raises Ambiguous, InTheBin."""
        if "organisations" in facts.chosen:
            key = facts.chosen["organisations"]
            found = None if key is None else self.around.by_id.get(("organisations", key))
        else:
            found = self._organisation(facts, place)
        if found is not None and found.is_binned:
            raise refusals.InTheBin(name=found.name)
        return found

    def _organisation(self, facts: Facts, place: Place | None) -> KnownOrganisation | None:
        told, around = facts.organisation, self.around
        reference = told.get("reference")
        if reference and (referred := self._referred(around.by_reference.get(reference, []), reference)):
            return referred
        if self.key is Key.REFERENCE and reference:
            return None
        by_number = [
            around.by_siren.get(told.get("siren") or (place.siren if place else None) or ""),
            around.by_siret.get(told.get("siret", "")),
            around.by_territory.get(place.id) if place else None,
        ]
        found = list(dict.fromkeys(one for one in by_number if one is not None))
        if len(found) > 1:
            raise refusals.OtherOrganisations(one=found[0].name, other=found[1].name).among(found)
        if found or self.key is Key.SIREN:
            return found[0] if found else None
        return self._named(facts, place)

    def _referred(self, alike: list[_Known], reference: str) -> _Known | None:
        """The one kept record of that reference, if any; a binned one only when there is no other."""
        kept = [one for one in alike if not one.is_binned] or alike[:1]
        if len(kept) > 1:
            raise refusals.SameReference(reference=reference).among(kept)
        return kept[0] if kept else None

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
            raise refusals.SeveralOrganisations(name=name).among(alike)
        if not alike and sort in self.directory.binned_names:
            raise refusals.InTheBin(name=self.directory.binned_names[sort])
        return alike[0] if alike else None

    # Which person

    def person(self, facts: Facts, organisation: KnownOrganisation | None) -> KnownPerson | None:
        """The person meant; None for a new one. Raises Ambiguous, InTheBin."""
        if "people" in facts.chosen:
            key = facts.chosen["people"]
            found = None if key is None else self.around.by_id.get(("people", key))
        else:
            found = self._person(facts, organisation)
        if found is not None and found.is_binned:
            raise refusals.InTheBin(name=found.name)
        return found

    def _person(self, facts: Facts, organisation: KnownOrganisation | None) -> KnownPerson | None:
        reference = facts.person.get("reference")
        alike = self.around.people_by_reference.get(reference, []) if reference else []
        if reference and (referred := self._referred(alike, reference)):
            return referred
        if self.key is Key.REFERENCE and reference:
            return None
        found = self._reader(facts) if facts.email else None
        if found is None and self.key is not Key.ADDRESS and facts.sorts:
            found = self._namesake(facts, organisation)
        other = found.held["reference"] if found else None
        # Another reference of ours is another person, whatever the name and the shared mailbox.
        return None if reference and other and other != reference else found

    def _reader(self, facts: Facts) -> KnownPerson | None:
        """The reader of the row's address who may be the person; None when others share it."""
        readers = self.around.readers.get(str(facts.email))
        if not readers:
            return None
        likely = [one for one in readers if likeness.same_name(one, facts)]
        if not likely:
            likely = [one for one in readers if likeness.near_name(one, facts)]
        # Half a name in common may be a spouse, a namesake in the same office, or a new name.
        asked = [one for one in readers if self.key is Key.ADDRESS or likeness.half_name(one, facts)]
        if asked and not likely:
            raise refusals.OtherReader(email=facts.email, name=asked[0].name).among(asked)
        likely = [one for one in likely if not one.is_binned] or likely[:1]
        if len(likely) > 1:
            raise refusals.SeveralReaders(email=facts.email).among(likely)
        return likely[0] if likely else None

    def _namesake(self, facts: Facts, organisation: KnownOrganisation | None) -> KnownPerson | None:
        """Somebody of that name with a role in that organisation; where the row names none, somebody with
        that phone, or of whom nothing but the name is known."""
        alike = [one for sort in facts.sorts for one in self.around.by_person_name.get(sort, [])]
        if not alike:
            return None
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
            raise refusals.SeveralPeople(name=alike[0].name).among(alike)
        return alike[0] if alike else None
