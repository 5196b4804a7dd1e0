"""The rules of governance. Each takes its author (`by`) and its instant (`at`), and commits nothing."""

from crm.governance.services.bodies import add_body, bin_body, change_body, restore_body
from crm.governance.services.memberships import (
    change_membership,
    record_membership,
    restore_membership,
    settle_fee,
)
from crm.governance.services.records import bin_record
from crm.governance.services.refusals import (
    EndsBeforeItBegins,
    MemberAlready,
    NameTaken,
    OutsideTheBody,
    SitsAlready,
)
from crm.governance.services.seats import change_seat, end_seat, reopen_seat, restore_seat, seat

__all__ = [
    "EndsBeforeItBegins",
    "MemberAlready",
    "NameTaken",
    "OutsideTheBody",
    "SitsAlready",
    "add_body",
    "bin_body",
    "bin_record",
    "change_body",
    "change_membership",
    "change_seat",
    "end_seat",
    "record_membership",
    "reopen_seat",
    "restore_body",
    "restore_membership",
    "restore_seat",
    "seat",
    "settle_fee",
]
