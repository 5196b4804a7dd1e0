"""Opening what was uploaded: a table, or the directory of public services as the DILA publishes it.

The latter is one JSON object, `{"service": [{…}, …]}` (data.gouv.fr, “Service-public.fr : annuaire de
l'administration, base de données locales”): of it, town halls, intercommunalities, departments and regions
become rows, with the addresses that they give to the public as shared mailboxes.
"""

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from crm.web import tables_in
from crm.web.tables_in import Row, Table, refusals

ANY_SIZE = 1 << 40
_BLOCK = 1 << 16
_LONGEST = 1 << 20
_COLUMNS = [
    "Nom", "Type", "SIREN", "SIRET", "Code INSEE", "Adresse", "Code postal", "Ville", "Téléphone", "Courriel",
    "Autres adresses", "Site internet",
]  # fmt: skip
# What their services are called there, and the kind of organisation here.
_KINDS = {"mairie": "commune", "epci": "epci", "cg": "department", "cr": "region"}


def opened(place: Path, file_name: str, *, most_bytes: int | None = None) -> Table:
    """The table in the file, whatever its form. Raises TableRefused."""
    most = ANY_SIZE if most_bytes is None else most_bytes
    with place.open("rb") as file:
        start = file.read(4_096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not (start.startswith(b"{") and b'"service"' in start):
        return tables_in.read(place, file_name, most_bytes=most)
    size = place.stat().st_size
    if size > most:
        raise refusals.TooLarge(file=file_name, size=-(-size // 1_000_000), most=most // 1_000_000)
    with ExitStack() as held:
        rows = _rows(held.enter_context(place.open("rb")), file_name)
        table = Table(list(_COLUMNS), rows)
        table._open = held.pop_all()
        return table


def _rows(stream: BinaryIO, file: str) -> Iterator[Row]:
    for number, service in enumerate(_services(stream, file), 2):
        if cells := _cells(service):
            yield Row(number, cells)


def _services(stream: BinaryIO, file: str) -> Iterator[dict[str, Any]]:
    """The entries one after the other, however long the file is. Raises Truncated."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="strict")
    decoder, ahead, is_over = json.JSONDecoder(), "", False
    try:
        while "[" not in ahead and (block := text.read(_BLOCK)):
            ahead += block
        ahead = ahead.partition("[")[2]
        while True:
            ahead = ahead.lstrip(" \t\r\n,")
            if ahead.startswith("]"):
                return
            try:
                entry, end = decoder.raw_decode(ahead)
            except ValueError:
                if is_over or len(ahead) > _LONGEST:
                    raise refusals.Truncated(file=file) from None
                block = text.read(_BLOCK)
                is_over, ahead = not block, ahead + block
                continue
            if isinstance(entry, dict):
                yield entry
            ahead = ahead[end:]
    except UnicodeDecodeError as error:
        raise refusals.Truncated(file=file) from error
    finally:
        text.detach()


def _cells(service: dict[str, Any]) -> list[str] | None:
    """The entry as one row; None for a service that is no authority."""
    pivots = [one for one in _listed(service.get("pivot")) if isinstance(one, dict)]
    kind = next((_KINDS[one["type_service_local"]] for one in pivots
                 if one.get("type_service_local") in _KINDS), None)  # fmt: skip
    if kind is None:
        return None
    places = [one for one in _listed(service.get("adresse")) if isinstance(one, dict)]
    place = next((one for one in places if one.get("type_adresse") == "Adresse"), places[0] if places else {})
    mailboxes = [text for one in _listed(service.get("adresse_courriel")) if (text := str(one).strip())]
    code = str(service.get("code_insee_commune") or "") if kind == "commune" else ""
    cells = (
        service.get("nom"), kind, service.get("siren"), service.get("siret"), code, place.get("numero_voie"),
        place.get("code_postal"), place.get("nom_commune"), _value(service.get("telephone")),
        mailboxes[0] if mailboxes else "", ", ".join(mailboxes[1:]), _value(service.get("site_internet")),
    )  # fmt: skip
    return [str(cell or "").strip() for cell in cells]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _value(listed: Any) -> str:
    """The first of several labelled values."""
    return next(
        (str(one["valeur"]) for one in _listed(listed) if isinstance(one, dict) and one.get("valeur")), ""
    )
