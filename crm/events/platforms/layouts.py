"""The tables that webinar platforms write, told by the names of their columns in French and in English.

A layout is known by a column that no other platform writes; what the columns mean is then shared,
since platforms name the same facts alike. A file may hold several tables, one below the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.text import N_, fold

FIELDS = {
    "name": N_("Full name"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "email": N_("E-mail address"),
    "organisation": N_("Organisation"),
    "joined": N_("Joined at"),
    "left": N_("Left at"),
    "duration": N_("Time connected"),
    "came": N_("Whether they came"),
}
# Folded names of columns. `nom` is a family name where a given name stands beside it.
NAMES: dict[str, frozenset[str]] = {
    "name": frozenset({
        "name", "full name", "participant", "participants", "user name", "username", "display name",
        "attendee", "name original name", "user name original name", "participant name", "nom",
        "nom complet", "nom nom original", "nom nom d origine", "nom d utilisateur",
        "nom d utilisateur nom original", "nom d utilisateur nom d origine", "nom du participant",
        "nom de l utilisateur nom original", "nombre",
    }),
    "given_name": frozenset({
        "first name", "given name", "firstname", "prenom",
    }),
    "family_name": frozenset({
        "last name", "family name", "lastname", "surname", "nom de famille",
    }),
    "email": frozenset({
        "email", "e mail", "user email", "email address", "e mail address", "mail", "courriel",
        "adresse e mail", "adresse email", "adresse mail", "adresse de courriel", "adresse electronique",
        "e mail de l utilisateur", "adresse e mail de l utilisateur", "courriel de l utilisateur",
        "correo electronico",
    }),
    "organisation": frozenset({
        "organization", "organisation", "company", "organisme", "structure", "collectivite", "entreprise",
        "societe",
    }),
    "joined": frozenset({
        "join time", "join", "joined", "joined at", "time joined", "first join", "first join time",
        "entered at", "attended at", "connected at", "heure d arrivee", "heure de connexion",
        "heure d entree", "arrivee", "premiere connexion", "premiere participation", "premiere arrivee",
        "premier acces", "a rejoint", "heure de participation", "debut", "rejoint a", "rejoindre",
        "entree", "connecte a", "erster beitritt", "primera entrada",
    }),
    "left": frozenset({
        "leave time", "left", "left at", "time exited", "last leave", "last leave time", "exited at",
        "leave", "disconnected at", "heure de depart", "heure de sortie", "heure de deconnexion", "depart",
        "dernier depart", "derniere sortie", "derniere deconnexion", "dernier conge", "sortie", "fin",
        "quitte", "a quitte", "quitte a", "letztes verlassen", "ultima salida",
    }),
    "duration": frozenset({
        "duration", "duration minutes", "total duration minutes", "time in session minutes",
        "in meeting duration", "attendance duration", "time attended", "attended duration",
        "time in session", "time in call", "attendance time", "duree", "duree minutes",
        "duree totale minutes", "duree de la session minutes", "temps en session minutes",
        "temps dans la session minutes", "duree de la reunion", "duree en reunion",
        "duree pendant la reunion", "duree de presence", "temps de presence", "temps de connexion",
        "duree de connexion", "duree de participation", "minutes", "time in minutes", "duration seconds",
        "duree secondes", "duree de la presence en seconde", "duree de la presence en secondes",
        "attendance duration in seconds", "dauer der besprechung", "duracion de la reunion",
    }),
    "came": frozenset({
        "attended", "has attended", "participated", "present", "a participe", "a assiste", "participe",
        "presence", "attendance",
    }),
}  # fmt: skip
# What columns begin with, or hold, in other languages and on other platforms: good enough to be proposed,
# never to be believed. In this order, since `vorname` holds `name`.
STEMS: dict[str, tuple[str, ...]] = {
    "email": ("mail", "correo", "courriel"),
    "given_name": (
        "vorname", "nombre de pila", "voornaam", "prenom", "primeiro nome", "first name", "given",
    ),
    "family_name": (
        "nachname", "familienname", "apellido", "cognome", "achternaam", "sobrenome", "apelido", "last name",
        "surname", "nom de famille",
    ),
    "organisation": (
        "organi", "empresa", "firma", "unternehmen", "azienda", "bedrijf", "compan", "societ",
    ),
    "duration": (
        "dauer", "duracion", "duracao", "durata", "duree", "duur", "duration", "minut", "zeit in",
    ),
    "joined": (
        "beitritt", "beitreten", "entrada", "incorporac", "ingresso", "union", "toetred", "deelnametijd",
        "aangekomen", "aankomst", "join", "arriv", "connexion", "connect", "entree",
    ),
    "left": (
        "verlass", "austritt", "salida", "abandon", "saida", "uscita", "vertrek", "vertrok", "leave", "left",
        "depart", "sortie", "deconnexion", "exit",
    ),
    "came": (
        "teilgenommen", "anwesen", "asist", "presen", "partecip", "participou", "aanwezig", "attend",
    ),
    "name": ("name", "nombre", "nome", "naam", "nom", "teilnehmer", "participante"),
}  # fmt: skip
YES = frozenset({"yes", "oui", "true", "vrai", "1", "x", "present", "attended", "y", "o", "ja", "si", "sim"})


@dataclass(frozen=True)
class Layout:
    """A platform's table: `signs` are sets of columns, of which one is there whole.

    `nobody` is what a line has for a name that tells of no person.
    """

    key: str
    label: str
    signs: tuple[frozenset[str], ...]
    nobody: frozenset[str] = frozenset()


def _signs(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(columns.split("|")) for columns in sets)


LAYOUTS = (
    Layout(
        "bigbluebutton",
        "BigBlueButton",
        _signs(
            "activity score",
            "moderator|talk time",
            "moderateur|temps de conversation",
            "moderateur|temps de parole",
            "score d activite",
            "note d activite",
        ),
        # The answers to anonymous polls.
        nobody=frozenset({"anonymous", "anonyme"}),
    ),
    Layout(
        "teams",
        "Microsoft Teams",
        _signs(
            "in meeting duration",
            "participant id upn",
            "id du participant upn",
            "id de participant upn",
            "first join|last leave",
            "name|join time|leave time|role",
            "full name|join time|leave time",
            "nom|heure d arrivee|heure de depart|role",
            "nom|heure de connexion|heure de depart|role",
            "nom complet|heure d arrivee|heure de depart",
            "premiere connexion|role",
            "premiere participation|role",
            "erster beitritt|letztes verlassen",
            "primera entrada|duracion de la reunion",
        ),
    ),
    Layout(
        "zoom",
        "Zoom",
        _signs(
            "name original name",
            "user name original name",
            "nom nom original",
            "nom nom d origine",
            "nom d utilisateur nom original",
            "nom d utilisateur nom d origine",
            "nom de l utilisateur nom original",
            "time in session minutes",
            "user email|join time",
            "user email|total duration minutes",
            "adresse e mail de l utilisateur|duree minutes",
            "e mail de l utilisateur|duree minutes",
            "duree totale minutes",
        ),
    ),
    Layout(
        "meet",
        "Google Meet",
        _signs(
            "time joined|time exited",
            "first name|last name|email|duration|time joined",
            "prenom|duree|heure de connexion|heure de deconnexion",
            "prenom|duree|heure d arrivee|heure de depart",
            "prenom|duree|heure d entree|heure de sortie",
        ),
    ),
    Layout(
        "livestorm",
        "Livestorm",
        _signs(
            "first name|last name|email|attended|attendance duration",
            "first name|last name|email|attended|registration date",
            "first name|last name|email|has attended",
            "first name|last name|email|attended at",
            "first name|last name|email|time attended",
            "first name|last name|email|attended|attendance rate",
            "email|prenom|nom|present|taux de presence",
            "prenom|nom|email|a participe",
            "prenom|nom|e mail|a participe",
            "prenom|nom|adresse e mail|a participe",
            "prenom|nom|email|a assiste",
            "prenom|nom|e mail|duree de presence",
            "prenom|nom|email|duree de presence",
        ),
    ),
)
FREE = Layout("free", N_("Other table"), ())
LABELS = {layout.key: layout.label for layout in (*LAYOUTS, FREE)}


@dataclass(frozen=True)
class Heading:
    """A row that names columns: whose table it is, where each field stands, in which unit time is told."""

    layout: Layout
    places: Mapping[str, int]
    cells: tuple[str, ...]
    seconds_per_unit: int = 60

    @property
    def is_of_connections(self) -> bool:
        """Whether each row has its own beginning and end, and is not the first and last of several."""
        first = {
            "first join", "premiere connexion", "premiere participation", "premiere arrivee",
            "erster beitritt", "primera entrada",
        }  # fmt: skip
        joined = self.places.get("joined")
        return joined is not None and fold(self.cells[joined]) not in first


def places(cells: Sequence[str]) -> dict[str, int]:
    """Which column says what, as far as their names tell."""
    folded = [fold(cell) for cell in cells]
    found: dict[str, int] = {}
    for place, name in enumerate(folded):
        for field, names in NAMES.items():
            if name in names:
                found.setdefault(field, place)
    if "given_name" in found and "family_name" not in found and "nom" in folded:
        found["family_name"] = folded.index("nom")
        if found.get("name") == found["family_name"]:
            del found["name"]
    return found


def proposed(cells: Sequence[str]) -> dict[str, int]:
    """Which column may say what, also in a language that no layout knows: for a person to confirm."""
    found = places(cells)
    free = {place: fold(cell) for place, cell in enumerate(cells) if place not in found.values()}
    for field, stems in STEMS.items():
        if field in found or (field == "name" and {"given_name", "family_name"} <= found.keys()):
            continue
        place = next((place for place, name in free.items() if any(stem in name for stem in stems)), None)
        if place is not None:
            found[field] = place
            del free[place]
    return found


def is_usable(found: Mapping[str, int]) -> bool:
    """Whether it says who it is about, and for how long or whether they were there."""
    who = "email" in found or "name" in found or {"given_name", "family_name"} <= found.keys()
    return who and ("joined" in found or "duration" in found or "came" in found)


def recognised(cells: Sequence[str]) -> Heading | None:
    """The heading that these cells are; None when they name no columns of a platform that is known."""
    folded = {fold(cell) for cell in cells}
    if len(folded) < 3:
        return None
    layout = next((one for one in LAYOUTS if any(sign <= folded for sign in one.signs)), None)
    found = places(cells)
    if layout is None or not is_usable(found):
        return None
    return heading(layout, found, cells)


def heading(layout: Layout, found: Mapping[str, int], cells: Sequence[str]) -> Heading:
    told = fold(cells[found["duration"]]) if "duration" in found else ""
    per_unit = 1 if "second" in told else 60
    return Heading(layout, found, tuple(cells), per_unit)
