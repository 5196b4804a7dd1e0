"""The templates, signatures and pictures that pages list and offer."""

from sqlalchemy import Select, or_, select

from crm.accounts.models import Account
from crm.mailings.stationery.models import Picture, Signature, Template


def templates(*, archived: bool = False) -> Select[Template]:
    return select(Template).where(Template.is_archived.is_(archived)).order_by(Template.name, Template.id)


def signatures(*, archived: bool = False) -> Select[Signature]:
    """Shared ones first, then those of one of us."""
    rows = select(Signature).where(Signature.is_archived.is_(archived))
    return rows.order_by(Signature.account_id.is_not(None), Signature.name, Signature.id)


def signatures_of(account: Account) -> Select[Signature]:
    """What that account signs with: its own, and those that everybody shares."""
    own = or_(Signature.account_id == account.id, Signature.account_id.is_(None))
    rows = select(Signature).where(Signature.is_archived.is_(False), own)
    return rows.order_by(Signature.account_id.is_(None), Signature.name, Signature.id)


def pictures(*, archived: bool = False) -> Select[Picture]:
    """The last first."""
    return select(Picture).where(Picture.is_archived.is_(archived)).order_by(Picture.id.desc())
