"""The French catalogues, one per domain: `python -m crm.web.catalogues update|compile|check [DOMAIN…]`.

Sentences are written in English in the code; `update` collects them into
`crm/translations/fr/LC_MESSAGES/<domain>.po`, `check` fails when one has no French, `compile`
writes what the running application reads.
"""

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from crm.web.i18n import CATALOGUES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "crm" / "translations" / "fr" / "LC_MESSAGES"
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
}
JINJA = {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "trimmed": "true", "silent": "false"}
SHARED = ("layouts", "components", "errors", "web")
_FACT = re.compile(r"%\(\w+\)[sd]")
_BREAKING = re.compile(r" [:;!?»]|« ")


def sources(domain: str) -> list[Path]:
    """Where the sentences of a domain stand."""
    if domain == "web":
        own = [
            ROOT / "crm" / "web",
            ROOT / "crm" / "jobs",
            *(ROOT / "templates" / part for part in SHARED),
        ]
        return [folder for folder in own if folder.is_dir()]
    return [f for f in (ROOT / "crm" / domain, ROOT / "templates" / domain) if f.is_dir()]


def extracted(domain: str) -> Catalog:
    """The sentences that the domain's code and templates say now."""
    found = Catalog(project="maillage", domain=domain)
    folders = sources(domain)
    if domain == "web":
        folders.append(ROOT / "crm")
    for folder in folders:
        method = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
        shallow = domain == "web" and folder == ROOT / "crm"
        for name, line, words, _comments, context in extract_from_dir(
            str(folder),
            method_map=method,
            options_map={"**.html": JINJA, "**.txt": JINJA},
            keywords=KEYWORDS,
            directory_filter=(lambda _folder: False) if shallow else None,
        ):
            if shallow and "/" in name:
                continue
            place = (Path(folder) / name).relative_to(ROOT).as_posix()
            found.add(words, locations=[(place, line)], context=context)
    return found


def kept(domain: str) -> Catalog:
    file = FOLDER / f"{domain}.po"
    if not file.exists():
        return Catalog(locale="fr", domain=domain)
    with file.open("rb") as source:
        return read_po(source, locale="fr", domain=domain)


def update(domain: str) -> int:
    """Bring the domain's file up to date; return how many sentences wait for their French."""
    catalog = kept(domain)
    catalog.update(extracted(domain), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    for message in catalog:
        message.locations = [(place, 0) for place, _line in dict(message.locations).items()]
    out = io.BytesIO()
    write_po(
        out,
        catalog,
        width=110,
        sort_output=True,
        include_lineno=False,
        omit_header=False,
    )
    text = re.sub(
        r'^"(POT-Creation|PO-Revision)-Date:.*\n',
        "",
        out.getvalue().decode(),
        flags=re.M,
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{domain}.po").write_text(text)
    return sum(1 for message in catalog if message.id and not _translated(message))


def compile_(domain: str) -> None:
    with (FOLDER / f"{domain}.mo").open("wb") as out:
        write_mo(out, kept(domain))


def check(domain: str) -> list[str]:
    """What is missing or wrong in the domain's French, a line each."""
    catalog, faults = kept(domain), []
    for message in extracted(domain):
        if not message.id:
            continue
        known = catalog.get(message.id, message.context)
        if known is None or not _translated(known):
            faults.append(f"{domain}: no French for {message.id!r}")
        elif not _same_facts(known):
            faults.append(f"{domain}: other facts in the French of {message.id!r}")
        elif _badly_set(known):
            faults.append(f"{domain}: a breaking space before a sign in the French of {message.id!r}")
    return faults


def disagreeing() -> list[str]:
    """The sentences that two catalogues say differently: only one of them would ever be shown."""
    said: dict[str, dict[str, str]] = {}
    for domain in CATALOGUES:
        for message in kept(domain):
            if message.id and not message.context:
                said.setdefault(str(message.id), {})[domain] = str(message.string)
    return [
        f"{', '.join(by_domain)}: different French for {words!r}"
        for words, by_domain in said.items()
        if len(set(by_domain.values())) > 1
    ]


def _badly_set(message: Message) -> bool:
    """Whether an ordinary space, which may break a line, stands before a French sign or inside « »."""
    words = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return any(_BREAKING.search(text or "") for text in words)


def _translated(message: Message) -> bool:
    words = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return not message.fuzzy and all(words)


def _same_facts(message: Message) -> bool:
    """The French names no fact that the English lacks, and its last (or only) form names them all."""
    asked = message.id if isinstance(message.id, tuple | list) else (message.id,)
    told = message.string if isinstance(message.string, tuple | list) else (message.string,)
    facts = {fact for words in asked for fact in _FACT.findall(words)}
    named = [set(_FACT.findall(words or "")) for words in told]
    return set().union(*named) <= facts and named[-1] == facts


def stale() -> list[str]:
    """The catalogues that were not compiled since they changed."""
    return [
        domain
        for domain in CATALOGUES
        if (po := FOLDER / f"{domain}.po").exists()
        and (not po.with_suffix(".mo").exists() or po.with_suffix(".mo").stat().st_mtime < po.stat().st_mtime)
    ]


def main(act: str, *domains: str) -> int:
    faults = []
    for domain in domains or CATALOGUES:
        if act == "update":
            waiting = update(domain)
            print(f"{domain}: {waiting} without French")  # noqa: T201
        elif act == "compile":
            compile_(domain)
        else:
            faults += check(domain)
    if act == "check":
        faults += disagreeing()
    print(*faults, sep="\n", end="\n" if faults else "")  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
