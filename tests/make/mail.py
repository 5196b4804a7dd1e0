"""Addresses, purposes and messages."""

from typing import Any

from sqlalchemy import select

from tests.make.base import EARLY, Maker


class Mail(Maker):
    def address(self, email: str | None = None, **facts: Any) -> Any:
        from crm.mail.models import Address

        email = email or f"adresse{self.number()}@example.org"
        with self._session() as session:
            known = session.scalar(select(Address).where(Address.email == email.lower()))
        return known or self.add(Address(email=email.lower(), **facts))

    def bounce(self, email: str = "partie@example.org", **facts: Any) -> Any:
        """A report that nobody reads the address, which is held."""
        from crm.mail.models import Bounce, BounceKind, Report, ReportSource

        address = self.address(email, held_since=EARLY, hold_reason="Nobody reads this address.")
        raw = b"Subject: Undelivered\r\n\r\nStatus: 5.1.1\r\n"
        report = Report(
            key=f"mail:{self.number()}", source=ReportSource.MAIL, came_at=EARLY, size=len(raw), raw=raw
        )
        facts = {"kind": BounceKind.HARD, "is_final": True, "recipient": email, "status": "5.1.1", **facts}
        return self.add(Bounce(report=report, address_id=address.id, **facts))

    def delivery(self, email: str = "lue@example.org", **facts: Any) -> Any:
        """A single message that left, with its bytes."""
        import zlib

        from crm.mail.kept.models import KeptMessage
        from crm.mail.models import Delivery, DeliveryState, Purpose

        n = self.number()
        facts = {
            "kind": "test", "subject_id": n, "purpose": Purpose.SERVICE, "stamp": EARLY, "not_before": EARLY,
            "message_id": f"made-{n}", "token": f"token-{n}", "state": DeliveryState.ACCEPTED, "attempts": 1,
            **facts,
        }  # fmt: skip
        delivery = self.add(Delivery(address_id=self.address(email).id, **facts))
        content = b"Subject: Bonjour\r\nContent-Type: text/html\r\n\r\n<!doctype html><title>Bonjour</title>"
        self.add(KeptMessage(delivery_id=delivery.id, content=zlib.compress(content), at=EARLY))
        return delivery

    def purpose(self, name: str = "Lettre aux adhérents", **facts: Any) -> Any:
        """A fifth purpose, for those who agreed."""
        from crm.mail import purposes
        from crm.mail.models import Basis, Permission

        told: Any = dict.fromkeys(("name_en", "explained_fr", "explained_en", "notice_fr", "notice_en"), "")
        told |= {"basis": Basis.CONSENT, "permission": Permission.ONLY_AGREED, "reach_id": None}
        with self._session():
            return purposes.add({"name_fr": name, **told, **facts})
