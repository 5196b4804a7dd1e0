"""What the name servers said of the domain that mail leaves from."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class DomainCheck(Base):
    """The last answers for one domain: the texts found by the name asked for, None where nobody answered."""

    __tablename__ = "domain_checks"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(unique=True)
    found: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
