"""Refusals: what a person is told when the house will not do what was asked."""

from crm.text import N_


class CrmError(Exception):
    """An expected refusal: one sentence that says what to do, with its facts by name.

    `text` is marked for translation and formatted with `facts` where it is shown. `field` names
    the form field that caused it, if one did.
    """

    text: str = N_("This cannot be done.")
    field: str | None = None

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.text % facts if facts else self.text)


class Changed(CrmError):
    """Someone saved the same record since this page was opened."""

    text = N_(
        "%(who)s changed this record while you were editing it. "
        "Nothing that you typed is lost: see below what changed, then save again."
    )
