"""SPF, DKIM and DMARC: what our domain should say, and what the answers of its name servers mean.

RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC). Nothing is asked here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from crm.text import N_


class Kind(StrEnum):
    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC"


class State(StrEnum):
    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    UNKNOWN = "plain"


@dataclass(frozen=True)
class Record:
    """One record to set: its name, its type, what it should hold; `needs` is what must stand in it."""

    kind: Kind
    name: str
    type: str
    value: str
    needs: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found for one record, as a sentence (N_ with facts)."""

    record: Record
    state: State
    sentence: str
    facts: Mapping[str, str] = field(default_factory=dict)
    found: Sequence[str] = ()


@dataclass(frozen=True)
class Sending:
    """How mail leaves: as which domain, with which envelope, by which way."""

    domain: str
    envelope: str
    sender: str
    host: str
    selectors: tuple[str, ...]
    reports_to: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Sending":
        domain = settings["MAIL_FROM"].rpartition("@")[2].lower()
        selectors = tuple(settings["DKIM_SELECTORS"].split())
        if not selectors and settings["MAIL_SENDER"] == "sendgrid":
            selectors = ("s1", "s2")
        return cls(
            domain=domain,
            envelope=settings["BOUNCE_ADDRESS"].rpartition("@")[2].lower() or domain,
            sender=settings["MAIL_SENDER"],
            host=settings["SMTP_HOST"],
            selectors=selectors,
            reports_to=settings["MAIL_REPLY_TO"],
        )

    @property
    def is_aligned(self) -> bool:
        """Whether the envelope is of the same domain as the sender people see, or below or above it."""
        one, other = f".{self.domain}", f".{self.envelope}"
        return one.endswith(other) or other.endswith(one)


def wanted(sending: Sending) -> list[Record]:
    """The records to set, in the order of their use."""
    way = _mechanism(sending)
    spf = Record(Kind.SPF, sending.envelope, "TXT", f"v=spf1 {way} ~all", needs=way)
    if sending.sender == "sendgrid":
        keys = [
            Record(Kind.DKIM, f"{one}._domainkey.{sending.domain}", "CNAME", "…domainkey….sendgrid.net")
            for one in sending.selectors
        ]
    else:
        keys = [
            Record(Kind.DKIM, f"{one}._domainkey.{sending.domain}", "TXT", "v=DKIM1; k=rsa; p=…")
            for one in sending.selectors or ("…",)
        ]
    dmarc = f"v=DMARC1; p=quarantine; rua=mailto:{sending.reports_to}"
    return [spf, *keys, Record(Kind.DMARC, f"_dmarc.{sending.domain}", "TXT", dmarc)]


def _mechanism(sending: Sending) -> str:
    """How an SPF record names the machines that our mail leaves from."""
    if sending.sender == "sendgrid":
        return "include:sendgrid.net"
    try:
        address = ip_address(sending.host)
    except ValueError:
        return f"a:{sending.host}" if "." in sending.host else "mx"
    return "mx" if address.is_private else f"ip{address.version}:{address}"


def names(sending: Sending) -> list[str]:
    """Every name to be asked for: those of the records, and of domains above, whose DMARC holds too."""
    asked = [record.name for record in wanted(sending) if "…" not in record.name]
    return [*asked, *(f"_dmarc.{above}" for above in _above(sending.domain))]


def _above(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(1, max(1, len(labels) - 1))]


Found = Mapping[str, Sequence[str] | None]


def findings(sending: Sending, found: Found) -> list[Finding]:
    """What the answers mean, one for each record that is wanted."""
    judge = {Kind.SPF: _spf, Kind.DKIM: _dkim, Kind.DMARC: _dmarc}
    return [judge[record.kind](record, sending, found) for record in wanted(sending)]


def worst(told: Sequence[Finding]) -> State:
    """The state of all together."""
    order = (State.BAD, State.UNKNOWN, State.WAIT)
    return next((state for state in order if any(one.state is state for one in told)), State.GOOD)


NO_ANSWER = N_("No name server answered: ask again later.")


def _spf(record: Record, sending: Sending, found: Found) -> Finding:
    texts = found.get(record.name)
    if texts is None:
        return Finding(record, State.UNKNOWN, NO_ANSWER)
    own = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
    if not own:
        return Finding(record, State.BAD, N_("There is no SPF record: any machine may claim to be us."))
    if len(own) > 1:
        sentence = N_("There are %(number)s SPF records, and servers then heed none. Make one of them.")
        return Finding(record, State.BAD, sentence, {"number": str(len(own))}, own)
    terms = own[0].lower().split()
    if "+all" in terms or "all" in terms:
        return Finding(
            record, State.BAD, N_("It ends with “all”: it lets every machine write as us."), {}, own
        )
    if not sending.is_aligned:
        sentence = N_(
            "Mail comes back to %(envelope)s, which is not %(domain)s: what this record proves does not "
            "count for our address. Set BOUNCE_ADDRESS to an address of our own domain."
        )
        facts = {"envelope": sending.envelope, "domain": sending.domain}
        return Finding(record, State.BAD, sentence, facts, own)
    if record.needs.lower() not in terms and not any(term.startswith("redirect=") for term in terms):
        sentence = N_("It does not name the way our mail takes. Add “%(needs)s” to it.")
        return Finding(record, State.WAIT, sentence, {"needs": record.needs}, own)
    return Finding(record, State.GOOD, N_("It names the way our mail takes."), {}, own)


def _dkim(record: Record, sending: Sending, found: Found) -> Finding:
    if not sending.selectors:
        sentence = N_(
            "Which key signs our mail is not known here. Ask whoever runs the mail server for its selector, "
            "and set DKIM_SELECTORS."
        )
        return Finding(record, State.WAIT, sentence)
    texts = found.get(record.name)
    if texts is None:
        return Finding(record, State.UNKNOWN, NO_ANSWER)
    keys = [text for text in texts if "p=" in text.replace(" ", "")]
    if not keys:
        return Finding(record, State.BAD, N_("There is no key at this name: signatures cannot be checked."))
    if any(not _tag(key, "p") for key in keys):
        return Finding(record, State.BAD, N_("The key is empty: it was withdrawn."), {}, keys)
    return Finding(record, State.GOOD, N_("The key is there."), {}, keys)


def _dmarc(record: Record, sending: Sending, found: Found) -> Finding:
    for name in (record.name, *(f"_dmarc.{above}" for above in _above(sending.domain))):
        texts = found.get(name)
        if texts is None:
            return Finding(record, State.UNKNOWN, NO_ANSWER)
        own = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(own) > 1:
            sentence = N_("There are %(number)s DMARC records, and servers then heed none. Make one of them.")
            return Finding(record, State.BAD, sentence, {"number": str(len(own))}, own)
        if own:
            policy = _tag(own[0], "p").lower()
            if policy in ("quarantine", "reject"):
                return Finding(
                    record,
                    State.GOOD,
                    N_("It tells servers to turn away mail that forges our address."),
                    {},
                    own,
                )
            if policy == "none":
                sentence = N_(
                    "It only watches (p=none). Once its reports show that all our mail is signed, "
                    "raise it to p=quarantine."
                )
                return Finding(record, State.GOOD, sentence, {}, own)
            return Finding(record, State.BAD, N_("It names no policy (p=): servers do not heed it."), {}, own)
    sentence = N_("There is no DMARC record: Gmail, Yahoo and Outlook turn away large mailings without one.")
    return Finding(record, State.BAD, sentence)


def _tag(text: str, name: str) -> str:
    """The value of a tag in `v=…; p=…` (RFC 6376, 3.2)."""
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if equals and key.strip().lower() == name:
            return value.strip()
    return ""
