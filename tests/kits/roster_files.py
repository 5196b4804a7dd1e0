"""Official files of parliament in their real layouts, with people who do not exist."""

import json
import zipfile
from pathlib import Path
from typing import Any

XSI = {"@xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance"}
NIL = {**XSI, "@xsi:nil": "true"}
SENATE_HEAD = (
    "Matricule,Qualité,Nom usuel,Prénom usuel,État,Date naissance,Date de décès,Groupe politique,"
    "Type d'app au grp politique,Commission permanente,Circonscription,Fonction au Bureau du Sénat,"
    "Courrier électronique,PCS INSEE,Catégorie professionnelle,Description de la profession"
)
DATAN_HEAD = (
    "id,legislature,civ,nom,prenom,villeNaissance,naissance,age,groupe,groupeAbrev,departementNom,"
    "departementCode,circo,datePriseFonction,job,mail,twitter,facebook,website,nombreMandats,experienceDepute,"
    "scoreParticipation,scoreParticipationSpecialite,scoreLoyaute,scoreMajorite,dateMaj"
)


def mandate(
    organ: str, ref: str, *, main: str = "1", ended: str | None = None, **more: Any
) -> dict[str, Any]:
    return {
        **XSI, "typeOrgane": organ, "legislature": "17", "dateDebut": "2024-07-19", "dateFin": ended,
        "nominPrincipale": main, "organes": {"organeRef": ref}, **more,
    }  # fmt: skip


def seated(department: str, number: str, **more: Any) -> dict[str, Any]:
    """An open mandate in the Assemblée for that constituency."""
    return mandate(
        "ASSEMBLEE",
        "PO1",
        election={"lieu": {"numDepartement": department, "numCirco": number}},
        mandature={"datePriseFonction": "2024-07-08"},
        suppleants=None,
        **more,
    )


def actor(key: str, given: str, family: str, mandates: Any, mails: Any = ()) -> dict[str, Any]:
    """`mandates` as the file would have them: a list, one alone, or None for those without."""
    addresses = [
        {**XSI, "type": "15", "typeLibelle": "Mèl", "poids": None, "valElec": address} for address in mails
    ]
    return {
        "acteur": {
            "uid": {**XSI, "@xsi:type": "IdActeur_type", "#text": key},
            "etatCivil": {"ident": {"civ": "Mme", "prenom": given, "nom": family}, "dateDeces": NIL},
            "adresses": {"adresse": addresses[0] if len(addresses) == 1 else addresses},
            "mandats": NIL if mandates is None else {"mandat": mandates},
        }
    }


def group(ref: str, kind: str, name: str, short: str) -> dict[str, Any]:
    return {"organe": {**XSI, "uid": ref, "codeType": kind, "libelle": name, "libelleAbrege": short}}


def amo10() -> dict[str, Any]:
    """The archive's entries: three who sit, a minister without a seat, two organs."""
    return {
        "json/organe/PO845.json": group("PO845", "GP", "Groupe des Mésanges", "MES"),
        "json/organe/PO59.json": group("PO59", "COMPER", "Commission des jardins", "CJ"),
        "json/acteur/PA1.json": actor(
            "PA1",
            "Véra",
            "Bois",
            [
                mandate("GP", "PO999", main="0"),
                mandate("GP", "PO845"),
                mandate("COMPER", "PO59"),
                seated("49", "1"),
            ],
            ["permanence@example.org", "Vera.Bois@assemblee-nationale.fr"],
        ),
        "json/acteur/PA2.json": actor(
            "PA2", "Léo", "Cap", seated("2A", "2"), ["leo.cap@assemblee-nationale.fr"]
        ),
        "json/acteur/PA3.json": actor("PA3", "Ana", "Dune", [seated("977", "1")]),
        "json/acteur/PA4.json": actor("PA4", "Max", "Ministre", None),
    }


def archive(place: Path, entries: dict[str, Any] | None = None) -> Path:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in (amo10() if entries is None else entries).items():
            out.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return place


def datan(place: Path, *rows: str, legislature: int = 17) -> Path:
    """Rows are `id,family,given,group,short,name of department,code,number,mail`."""
    lines = [DATAN_HEAD]
    for row in rows:
        key, family, given, name, short, department, code, number, mail = row.split(",")
        lines.append(
            f"{key},{legislature},Mme,{family},{given},Nantes,1970-01-01,55,{name},{short},{department},{code},"
            f"{number},2024-07-08,Juriste,{mail},,,,1,1 an,0.1,,0.9,0.1,2025-07-02"
        )
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


def senate(place: Path, *rows: str) -> Path:
    """Rows are `matricule,quality,family,given,state,group,committee,constituency,mail`; with its query."""
    lines = ['% Requête :select senmat as "Matricule"', "% \tfrom sen", SENATE_HEAD]
    for row in rows:
        key, quality, family, given, state, of, committee, place_name, mail = row.split(",")
        lines.append(
            f"{key},{quality},{family},{given},{state},1956-12-28 00:00:00.0,,{of},,{committee},"
            f"{place_name},,{mail},,,"
        )
    lines.append(f"% {len(rows)} ligne(s) de résultat")
    place.write_bytes(("\n".join(lines) + "\n").encode("iso-8859-1"))
    return place


def senate_api(place: Path, *senators: tuple[str, str, str, str]) -> Path:
    """Each is `(matricule, family, given, department's code)`."""
    told = [
        {
            "matricule": key, "nom": family, "prenom": given, "civilite": "Mme", "feminise": True,
            "serie": "1", "url": f"/senateur/{key}.html",
            "organismes": [{"code": "COM", "type": "COMMISSION", "libelle": "Commission des lois"}],
            "groupe": {"code": "UMP", "libelle": "Groupe des Hirondelles"},
            "circonscription": {"code": code, "libelle": "?", "ordre": 1},
        }
        for key, family, given, code in senators
    ]  # fmt: skip
    place.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return place


def composition(place: Path, *rows: str) -> Path:
    """Rows are `commune,constituency without a sign,entière or partiel`; ISO-8859-1, CRLF."""
    lines = ["DEP;libdep;REG;libreg;COMMUNE_RESID;LIBcom;circo;type_com"]
    for row in rows:
        commune, circo, kind = row.split(",")
        lines.append(f"{commune[:2]};X;84;Y;{commune};Z;{circo};{kind}")
    place.write_bytes(("\r\n".join(lines) + "\r\n").encode("iso-8859-1"))
    return place
