"""Kits, parliamentarians and who signs."""

from typing import Any

from tests.make.base import EARLY, Maker


class Kits(Maker):
    def kit(self, title: str | None = None, **facts: Any) -> Any:
        """A published kit with a letter that fits into a link."""
        from crm.kits.models import Kit, KitState
        from crm.text import fold

        n = self.number()
        facts = {
            "slug": f"kit-{n}",
            "state": KitState.PUBLISHED,
            "call": "<p>Écrivez à votre député.</p>",
            "letter_subject": "Conseillers numériques",
            "letter_body": "Madame, Monsieur,\n\nGardez-les.\n\nCordialement",
            "published_at": EARLY,
            "created_at": EARLY,
            "updated_at": EARLY,
            "search": fold(title or f"Kit {n}"),
            **facts,
        }
        return self.add(Kit(title=title or f"Kit {n}", **facts))

    def parliamentarian(self, family_name: str = "Bois", seat: str = "49-01", **facts: Any) -> Any:
        """Who sits for that constituency, or for that department in the Sénat."""
        from crm.kits.parliament import services
        from crm.kits.parliament.models import Chamber, Parliamentarian

        chamber = Chamber.ASSEMBLY if "-" in seat else Chamber.SENATE
        facts = {"chamber": chamber, "source_key": f"T{self.number()}", "given_name": "Véra", **facts}
        one = Parliamentarian(family_name=family_name, seat=seat, **facts)
        services.settle(one)
        return self.add(one)

    def kit_letter(self, kit: Any, label: str = "Sénat", **facts: Any) -> Any:
        """A version of the kit's letter, for senators."""
        from crm.kits.acting.models import KitLetter
        from crm.kits.parliament.models import Chamber

        facts = {"chamber": Chamber.SENATE, "subject": "Objet", "body": "{{civilite}},", **facts}
        return self.add(KitLetter(kit_id=kit.id, label=label, **facts))

    def kit_target(self, kit: Any, one: Any, reason: str = "Rapporteure") -> Any:
        """Somebody whom every reader of the kit is asked to write to."""
        from crm.kits.acting.models import KitTarget

        return self.add(KitTarget(kit_id=kit.id, parliamentarian_id=one.id, reason=reason))

    def cosignatory(self, kit: Any, organisation: Any, **facts: Any) -> Any:
        """An organisation that signs the kit."""
        from crm.kits.models import Cosignatory

        facts = {"signed_on": EARLY.date(), **facts}
        return self.add(Cosignatory(kit_id=kit.id, organisation_id=organisation.id, **facts))

    def signing(self, kit: Any, **facts: Any) -> Any:
        """A request to sign that waits for somebody to decide."""
        from crm.kits.signing.models import Signing, SigningState
        from crm.mail.models import Address

        n = self.number()
        facts = {"name": f"Association {n}", "given_name": "Ana", "family_name": "Roux", "is_public": True,
                 "function": "Présidente", "wants_mail": False, "language": "fr", "token": f"signing-{n}",
                 "state": SigningState.PENDING, "asked_at": EARLY, "confirmed_at": EARLY,
                 **facts}  # fmt: skip
        return self.add(Signing(kit_id=kit.id, address=Address(email=f"signer-{n}@example.org"), **facts))

    def kit_release(self, kit: Any, **facts: Any) -> Any:
        from crm.kits.signing.models import KitRelease

        facts = {"title": kit.title, "body": "<p>Communiqué</p>", "signatories": [], **facts}
        return self.add(
            KitRelease(kit_id=kit.id, released_on=EARLY.date(), made_at=EARLY, made_by="test", **facts)
        )

    def kit_amendment(self, kit: Any, **facts: Any) -> Any:
        """A first version."""
        from crm.kits.amending.models import KitAmendment

        facts = {"number": 1, "provision": "Après l’article 42…", "written_at": EARLY, **facts}
        return self.add(KitAmendment(kit_id=kit.id, written_by="test", **facts))

    def amendment_relay(self, version: Any, one: Any, **facts: Any) -> Any:
        from crm.kits.amending.models import AmendmentRelay

        return self.add(AmendmentRelay(amendment_id=version.id, parliamentarian_id=one.id, **facts))

    def roster_load(self, **facts: Any) -> Any:
        """A file of deputies that was looked through and waits."""
        from crm.kits.parliament.models import Chamber, RosterLoad

        counts = dict.fromkeys(("read", "created", "updated", "unchanged", "left", "refused", "places"), 0)
        facts = {"chamber": Chamber.ASSEMBLY, "files": ["deputes.csv"], "source": "Datan",
                 "counts": counts, "licence": "Licence Ouverte", "faults": [], "at": EARLY, "by": "test",
                 **facts}  # fmt: skip
        return self.add(RosterLoad(**facts))
