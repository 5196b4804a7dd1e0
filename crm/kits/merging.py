"""What a merge of two organisations must know of kits: of two signatures one stays, with a logo if either
had one; undoing brings back both as they were."""

from typing import Any

from crm.directory.merging import rules
from crm.kits import logos
from crm.text import N_
from crm.web import files


def install() -> None:
    rules.call("cosignatories", N_("Co-signatures"))
    # Of two signatures the one that was not withdrawn stays.
    rules.weigh("cosignatories", lambda row: row["withdrawn_on"] is None)
    rules.carry("cosignatories", _logo)
    rules.revive("cosignatories", _with_file)
    rules.call("kit_signings", N_("Requests to sign"))
    rules.call("kit_signing_invitations", N_("Invitations to sign"))
    rules.call("kits.lead_id", N_("Kits"))
    rules.call("kit_readers", N_("Acts on kits"))


def _logo(gone: rules.Row, instead: rules.Row) -> dict[str, Any]:
    """The logo of the signature that goes, where the one that stays has none."""
    if instead["logo"] or not gone["logo"] or instead["withdrawn_on"] is not None:
        return {}
    return {name: gone[name] for name in logos.NOTHING}


def _with_file(row: rules.Row) -> rules.Row:
    """A signature whose logo was erased meanwhile comes back without one."""
    if not row.get("logo") or files.path_of(row["logo"]).is_file():
        return row
    return {**row, **logos.NOTHING}
