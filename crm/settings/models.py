"""What the association says about itself, once, for every page and mail."""

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Association(Base):
    """The association that this back office belongs to; there is one row."""

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
