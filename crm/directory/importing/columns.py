"""What a column of a stranger's file is about: recognised by its header, French or English."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from crm.directory.importing.extra import Extra
from crm.directory.importing.refusals import FieldTwice, NothingToImport, UnknownFields, UnknownMeaning
from crm.text import N_, fold


class Field(StrEnum):
    """What one cell can say about an organisation, a person, or the person's role there."""

    ORGANISATION = "organisation"
    ORGANISATION_REFERENCE = "organisation_reference"
    ACRONYM = "acronym"
    ALIASES = "aliases"
    KIND = "kind"
    SIREN = "siren"
    SIRET = "siret"
    TERRITORY = "territory"
    DEPARTMENT = "department"
    STREET = "street"
    POSTCODE = "postcode"
    CITY = "city"
    COUNTRY = "country"
    WEBSITE = "website"
    ORGANISATION_PHONE = "organisation_phone"
    ORGANISATION_EMAIL = "organisation_email"
    PERSON_REFERENCE = "person_reference"
    CIVILITY = "civility"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    FULL_NAME = "full_name"
    EMAIL = "email"
    OTHER_EMAILS = "other_emails"
    PHONE = "phone"
    LANGUAGE = "language"
    SOURCE = "source"
    TAGS = "tags"
    NOTES = "notes"
    FUNCTION = "function"
    CATEGORY = "category"
    BEGINS_ON = "begins_on"
    ENDS_ON = "ends_on"


LABELS = {
    Field.ORGANISATION: N_("Organisation: name"),
    Field.ORGANISATION_REFERENCE: N_("Organisation: your own reference"),
    Field.ACRONYM: N_("Organisation: acronym"),
    Field.ALIASES: N_("Organisation: other names"),
    Field.KIND: N_("Organisation: kind"),
    Field.SIREN: N_("Organisation: SIREN"),
    Field.SIRET: N_("Organisation: SIRET"),
    Field.TERRITORY: N_("Organisation: INSEE code"),
    Field.DEPARTMENT: N_("Organisation: department (to recognise it)"),
    Field.STREET: N_("Organisation: street"),
    Field.POSTCODE: N_("Organisation: postcode"),
    Field.CITY: N_("Organisation: city"),
    Field.COUNTRY: N_("Organisation: country (two letters)"),
    Field.WEBSITE: N_("Organisation: website"),
    Field.ORGANISATION_PHONE: N_("Organisation: phone"),
    Field.ORGANISATION_EMAIL: N_("Organisation: shared e-mail address"),
    Field.PERSON_REFERENCE: N_("Person: your own reference"),
    Field.CIVILITY: N_("Person: civility"),
    Field.GIVEN_NAME: N_("Person: given name"),
    Field.FAMILY_NAME: N_("Person: family name"),
    Field.FULL_NAME: N_("Person: given and family name together"),
    Field.EMAIL: N_("Person: e-mail address"),
    Field.OTHER_EMAILS: N_("Other e-mail addresses"),
    Field.PHONE: N_("Person: phone"),
    Field.LANGUAGE: N_("Person: language"),
    Field.SOURCE: N_("Person: where we have them from"),
    Field.TAGS: N_("Tags"),
    Field.NOTES: N_("Notes"),
    Field.FUNCTION: N_("Role: function"),
    Field.CATEGORY: N_("Role: category"),
    Field.BEGINS_ON: N_("Role: first day"),
    Field.ENDS_ON: N_("Role: last day"),
}

# The headers that files really have, folded; a field's own name and label are known besides.
_HEADERS = {
    Field.ORGANISATION: (
        "organisation|organization|organisme|structure|collectivite|nom de l organisation"
        "|nom organisation|raison sociale|denomination|denomination sociale|employeur|company"
        "|entreprise|organization name|organisation name|nom de la structure|nom de la collectivite"
        "|etablissement|association|libelle"
    ),
    Field.ORGANISATION_REFERENCE: (
        "reference de l organisation|reference organisation|organisation reference|reference de la structure"
        "|code structure|identifiant organisation|identifiant de la structure|code adherent"
    ),
    Field.ACRONYM: "acronyme|sigle|acronym",
    Field.ALIASES: "autres noms|other names|aliases|nom d usage de l organisation|ancien nom",
    Field.KIND: (
        "type|type d organisation|type organisation|nature|categorie d organisation|kind"
        "|organisation type|type de structure|nature juridique"
    ),
    Field.SIREN: "siren|n siren|numero siren|no siren|siren number",
    Field.SIRET: "siret|n siret|numero siret|no siret",
    Field.TERRITORY: (
        "code insee|insee|code commune|code geographique|insee code|codgeo|cog|code departement"
        "|code region|code officiel|official code|code insee commune|insee com|code commune insee"
    ),
    Field.DEPARTMENT: (
        "departement|dept|dep|nom du departement|numero de departement|no departement|n departement"
        "|department|departement de l organisation"
    ),
    Field.STREET: "adresse|adresse postale|rue|voie|street|street address|adresse 1|adresse ligne 1",
    Field.POSTCODE: "code postal|cp|codepostal|postcode|postal code|zip|zip code",
    Field.CITY: "ville|city|town|localite|commune de l adresse",
    Field.COUNTRY: "pays|country|code pays|country code",
    Field.WEBSITE: "site|site web|site internet|url|website|web|web site",
    Field.ORGANISATION_PHONE: (
        "telephone de l organisation|telephone standard|standard|tel standard|organisation phone"
    ),
    Field.ORGANISATION_EMAIL: (
        "e mail de l organisation|email de l organisation|email organisation|courriel de la mairie"
        "|courriel de l organisation|courriel generique|email generique|organisation email"
        "|adresse generique"
    ),
    Field.PERSON_REFERENCE: (
        "reference|ref|own reference|reference propre|"
        "reference interne|identifiant|identifier|identifiant interne"
        "|numero d adherent|n d adherent|no adherent|numero adherent|matricule|external id"
        "|reference de la personne|person reference"
    ),
    Field.CIVILITY: "civilite|civ|titre|civility|title|salutation|m mme",
    Field.GIVEN_NAME: "prenom|prenoms|given name|first name|firstname|forename",
    Field.FAMILY_NAME: ("nom|nom de famille|nom usuel|nom d usage|family name|last name|lastname|surname"),
    Field.FULL_NAME: (
        "nom complet|nom et prenom|nom prenom|prenom nom|prenom et nom|full name|name|contact|personne"
    ),
    Field.EMAIL: (
        "e mail|email|mail|courriel|adresse e mail|adresse email|adresse mail|adresse electronique"
        "|mel|email address|e mail address|adresse de messagerie|e mail professionnel|mail pro"
    ),
    Field.PHONE: (
        "telephone|tel|telephone portable|portable|mobile|phone|phone number|tel portable"
        "|telephone mobile|numero de telephone|gsm|telephone direct"
    ),
    Field.OTHER_EMAILS: (
        "autres adresses|other addresses|autres e mails|autres emails|autres courriels|other emails"
    ),
    Field.SOURCE: "origine|source|origine du contact|provenance",
    Field.LANGUAGE: "langue|language|langue de correspondance",
    Field.TAGS: "etiquettes|etiquette|mots cles|tags|tag|themes|thematiques|labels",
    Field.NOTES: "notes|note|commentaire|commentaires|remarques|observations|comments|comment",
    Field.FUNCTION: (
        "fonction|poste|intitule du poste|function|job title|position|role|qualite|mandat|fonctions"
    ),
    Field.CATEGORY: "categorie|elu ou agent|category|categorie de fonction|elu agent|role category",
    Field.BEGINS_ON: (
        "debut|date de debut|depuis|debut de fonction|premier jour|begins on|start date|since|from"
        "|debut du mandat"
    ),
    Field.ENDS_ON: (
        "fin|date de fin|jusqu au|fin de fonction|dernier jour|ends on|end date|until|fin du mandat"
    ),
}
_KNOWN = {
    header: field
    for field, headers in _HEADERS.items()
    for header in [fold(field.value), fold(LABELS[field]), *headers.split("|")]
}
_TELLING = frozenset(
    {
        Field.ORGANISATION,
        Field.ORGANISATION_REFERENCE,
        Field.SIREN,
        Field.SIRET,
        Field.TERRITORY,
        Field.FAMILY_NAME,
        Field.FULL_NAME,
        Field.PERSON_REFERENCE,
        Field.EMAIL,
    }
)
_OF_PEOPLE = frozenset({Field.GIVEN_NAME, Field.CIVILITY, Field.FUNCTION})
_OF_ORGANISATIONS = frozenset(
    {Field.ACRONYM, Field.KIND, Field.SIREN, Field.SIRET, Field.TERRITORY, Field.ALIASES}
)
# In a list of organisations these mean the organisation itself.
_THEIR_OWN = {
    Field.FAMILY_NAME: Field.ORGANISATION,
    Field.FULL_NAME: Field.ORGANISATION,
    Field.EMAIL: Field.ORGANISATION_EMAIL,
    Field.PHONE: Field.ORGANISATION_PHONE,
    Field.PERSON_REFERENCE: Field.ORGANISATION_REFERENCE,
}
Meaning = Field | Extra


def proposed(columns: Sequence[str], extras: Sequence[Extra] = ()) -> dict[str, str]:
    """What each header seems to mean, by header: a Field or the key of an extra column; headers that mean
    nothing known are absent.

    “Name”, “E-mail” and “Phone” are the organisation's own where no other header speaks of people.
    Two headers never propose one meaning: the first keeps it.
    """
    meant = {column: _KNOWN[fold(column)] for column in columns if fold(column) in _KNOWN}
    if _lists_organisations(set(meant.values())):
        meant = {column: _THEIR_OWN.get(field, field) for column, field in meant.items()}
    further = {fold(name): one.key for one in extras for name in (one.key, one.label, *one.headers)}
    found: dict[str, str] = {}
    for column in columns:
        meaning = meant.get(column) or further.get(fold(column))
        if meaning and meaning not in found.values():
            found[column] = meaning
    return found


def _lists_organisations(fields: set[Field]) -> bool:
    if _OF_PEOPLE & fields:
        return False
    if Field.ORGANISATION in fields:
        return not {Field.FAMILY_NAME, Field.FULL_NAME} & fields
    return bool(_OF_ORGANISATIONS & fields)


def checked(
    columns: Sequence[str], mapping: Mapping[str, str], extras: Sequence[Extra] = ()
) -> list[Meaning | None]:
    """For each column of the file, in order, what it fills (None: left out).

    Raises UnknownFields for columns that the file has not, UnknownMeaning for what is no field,
    FieldTwice for two columns of one field, NothingToImport when nothing would tell an organisation
    or a person.
    """
    if strange := [column for column in mapping if column not in columns]:
        raise UnknownFields(columns=_listed(strange), known=_listed(columns))
    known: dict[str, Meaning] = {field.value: field for field in Field}
    known |= {one.key: one for one in extras}
    for meaning in mapping.values():
        if meaning and meaning not in known:
            raise UnknownMeaning(field=meaning, known=", ".join(known))
    meanings = [known[mapping[column]] if mapping.get(column) else None for column in columns]
    for meant in meanings:
        if meant is not None and meanings.count(meant) > 1:
            alike = [column for column, other in zip(columns, meanings, strict=True) if other is meant]
            raise FieldTwice(columns=_listed(alike))
    if not _TELLING & {meant for meant in meanings if isinstance(meant, Field)}:
        raise NothingToImport(columns=_listed(columns))
    return meanings


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"“{column}”" for column in columns)
