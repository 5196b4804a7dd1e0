"""Mailings and what they are written on."""

from typing import Any

from tests.make.base import EARLY, Maker


class Mailings(Maker):
    def mailing(self, subject: str = "Lettre de printemps", **facts: Any) -> Any:
        """A draft in French to everybody."""
        from crm.mailings import services

        facts = {"audience": "", "subject_fr": subject, "body_fr": "<p>Bonjour,</p>", **facts}
        with self._session():
            return services.create(at=EARLY, **facts)

    def mailing_template(self, name: str = "Lettre mensuelle", **facts: Any) -> Any:
        from crm.mailings.stationery.models import Template

        facts = {"subject_fr": name, "body_fr": "<div>Bonjour,</div>", "created_at": EARLY, **facts}
        return self.add(Template(name=name, **facts))

    def mail_signature(self, name: str = "Équipe", **facts: Any) -> Any:
        """A signature that everybody shares."""
        from crm.mailings.stationery.models import Signature

        return self.add(Signature(name=name, **{"body_fr": "<div>L’équipe</div>", **facts}))

    def picture(self, name: str = "Carte", **facts: Any) -> Any:
        """A picture of mails, whose file is not there."""
        from crm.mailings.stationery.models import Picture

        facts = {"alt_fr": "Carte des membres", "media_type": "image/png", "added_at": EARLY, **facts}
        facts = {"size": 9000, "width": 1200, "height": 600, "stored_as": f"{self.number():032x}", **facts}
        return self.add(Picture(name=name, **facts))

    def subscription_form(self, title_fr: str = "Notre lettre", **facts: Any) -> Any:
        from crm.mailings.subscribing import services

        told = {
            **dict.fromkeys(("title_en", "text_fr", "text_en"), ""),
            "purposes": ["newsletter"],
            "tag_id": None,
            "is_open": True,
        }
        with self._session():
            return services.create(services.Told(title_fr=title_fr, **{**told, **facts}), by=None, at=EARLY)
