"""Why a file, or a row of it, is not taken in."""

from collections.abc import Iterable
from typing import Any, Self

from crm.errors import CrmError
from crm.text import N_


class NothingToImport(CrmError):
    text = N_(
        "No column of this file names an organisation or a person. Choose at least a name, a SIREN or an "
        "e-mail address among: %(columns)s."
    )


class UnknownFields(CrmError):
    text = N_(
        "The choice of columns does not fit: the file has no column %(columns)s. It has: %(known)s. "
        "Correct the names and try again."
    )


class UnknownMeaning(CrmError):
    text = N_("“%(field)s” is nothing that a column can mean. Use one of: %(known)s.")


class FieldTwice(CrmError):
    text = N_("The columns %(columns)s are to mean the same thing. Choose one of them, leave the others out.")


class NoFile(CrmError):
    text = N_("Choose the file to be taken in.")
    field = "file"


class NoRows(CrmError):
    text = N_("“%(file)s” names its columns but holds no row below them. Add rows, or choose another file.")
    field = "file"


class CellTooLong(CrmError):
    text = N_("This text has %(length)s characters; at most %(most)s are kept. Shorten it.")


class EmptyRow(CrmError):
    text = N_("This row names neither an organisation nor a person.")


class PersonWithoutName(CrmError):
    text = N_("This row tells of a person without a name or an e-mail address: say whose it is.")


class RoleWithoutOrganisation(CrmError):
    text = N_("This row tells of a role but not where it is held: name the organisation.")


class NewWithoutName(CrmError):
    text = N_("The directory has no organisation with this number. Give its name, so that it can be added.")


class BadDay(CrmError):
    text = N_("“%(day)s” is not a date. Write it as 2026-03-29 or 29/03/2026.")


class BadRole(CrmError):
    text = N_("The role ends on %(ends)s, before it begins on %(begins)s.")


class UnknownKind(CrmError):
    text = N_("“%(kind)s” is not a kind of organisation. Use one of: %(kinds)s.")


class UnknownCategory(CrmError):
    text = N_("“%(category)s” is not a category of role. Use: elected, officer, other.")


class UnknownCivility(CrmError):
    text = N_("“%(civility)s” is not a civility. Use M. or Mme, or leave it empty.")


class UnknownLanguage(CrmError):
    text = N_("“%(language)s” is not a language we write in. Use fr or en.")


class UnknownCode(CrmError):
    text = N_("“%(code)s” is not an INSEE code of the official reference.")


class UnknownDepartment(CrmError):
    text = N_("“%(department)s” is not a department. Give its number or its name.")


class Ambiguous(CrmError):
    """The row may mean several records: a person chooses. `about` says of which table they are.

    A candidate has an `id`, at the latest once the rows before this one are written.
    """

    about = "organisations"

    def among(self, candidates: Iterable[Any]) -> Self:
        self.candidates: list[Any] = list(candidates)
        return self


class AmbiguousAuthority(Ambiguous):
    about = "territories"
    text = N_(
        "Several authorities are called “%(name)s”. Choose one, or give the department or the INSEE code."
    )


class SeveralTerritories(Ambiguous):
    about = "territories"
    text = N_("“%(code)s” is the code of a department and of a region. Give the kind or the SIREN as well.")


class BadCountry(CrmError):
    text = N_("“%(country)s” is not a country code of two letters, such as FR or BE.")


class SeveralOrganisations(Ambiguous):
    text = N_("Several organisations are called “%(name)s”. Give the SIREN or the INSEE code.")


class SeveralPeople(Ambiguous):
    about = "people"
    text = N_("Several people are called “%(name)s” there. Give the e-mail address.")


class SeveralReaders(Ambiguous):
    about = "people"
    text = N_("Several people read “%(email)s”. Give the given and the family name.")


class OtherReader(Ambiguous):
    about = "people"
    text = N_("“%(email)s” is read by %(name)s. Choose whether this row means the same person.")


class InTheBin(CrmError):
    text = N_("“%(name)s” is in the bin. Restore it first, or leave this row out.")


class OtherSiren(CrmError):
    text = N_("The SIREN and the SIRET of this row belong to different organisations.")


class OtherOrganisations(Ambiguous):
    text = N_("The numbers of this row belong to different organisations: “%(one)s” and “%(other)s”.")


class SameReference(Ambiguous):
    text = N_("Several records have the reference “%(reference)s”. Choose one, and correct the others.")


class WithoutAddress(CrmError):
    text = N_("This row has no e-mail address of the person, by which people are to be recognised. Add it.")


class WithoutNumber(CrmError):
    text = N_(
        "This row has no SIREN, SIRET or INSEE code, by which organisations are to be recognised. Add it."
    )


class WithoutReference(CrmError):
    text = N_("This row has no reference of your own, by which records are to be recognised. Add it.")


class KeyNotInFile(CrmError):
    text = N_(
        "No column says by what records are to be recognised. Choose that column, or recognise records "
        "otherwise."
    )


class StillWaiting(CrmError):
    text = N_("This file is being read. Wait until it is done.")


class NotChecked(CrmError):
    text = N_("Check the file first: what it would change is shown before anything is written.")


class NotAtWork(CrmError):
    text = N_("Nothing is being done with this file just now.")


class NothingToUndo(CrmError):
    text = N_("Nothing of this file is in the directory: there is nothing to undo.")


class NothingToResume(CrmError):
    text = N_("This import was not stopped on its way: there is nothing to resume.")


class AlreadyDecided(CrmError):
    text = N_("Somebody has decided about this row already.")


class ChooseOne(CrmError):
    text = N_("Choose the record that the row means, or leave the row out.")


class AlreadyApplied(CrmError):
    text = N_("This file was taken in already. Upload it again to take it in once more.")


class FileGone(CrmError):
    text = N_("“%(file)s” is no longer kept here. Upload it again.")


class Broken(CrmError):
    text = N_("The work on this file broke off. Why is in the log of the server.")


class Interrupted(CrmError):
    text = N_("Somebody changed the same records in the meantime. Try again.")
