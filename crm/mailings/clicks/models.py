"""The links that are counted."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class MailingLink(Base):
    """A link of one mailing, the same for all of its readers, and how often it was opened: no more is kept.

    `/go/<token>` leads to `url`, and nowhere else.
    """

    __tablename__ = "mailing_links"
    __history__ = False
    __table_args__ = (UniqueConstraint("mailing_id", "url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    opened: Mapped[int] = mapped_column(default=0)
