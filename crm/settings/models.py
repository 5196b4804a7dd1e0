"""What the association says about itself, once, for every page and mail."""

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Association(Base):
    """The association that this back office belongs to; there is one row.

    `colour` (`#1f5a96`, "" for the usual one) and the logo, a kept image, dress its mails.
    """

    __tablename__ = "association"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    siret: Mapped[str | None]
    street: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="Europe/Paris")
    notice_fr: Mapped[str] = mapped_column(default="")
    notice_en: Mapped[str] = mapped_column(default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    colour: Mapped[str] = mapped_column(default="", server_default="")
    logo: Mapped[str | None]
    logo_width: Mapped[int] = mapped_column(default=0, server_default="0")
    logo_height: Mapped[int] = mapped_column(default=0, server_default="0")
    mailings_need_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    counts_clicks: Mapped[bool] = mapped_column(default=False, server_default=false())
