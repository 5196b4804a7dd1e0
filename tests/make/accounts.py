"""Who signs in."""

from typing import Any

from tests.make.base import EARLY, Maker

PASSWORD = "trois tuiles bleues au grenier"


class Accounts(Maker):
    def account(self, right: str = "staff", **facts: Any) -> Any:
        from crm.accounts import services
        from crm.web.rights import Right

        n = self.number()
        facts = {"email": f"{right}{n}@example.org", "name": f"Compte {n}", "password": PASSWORD, **facts}
        is_open = facts.pop("is_open", True)
        with self._session():
            account = services.create(right=Right(right), at=EARLY, **facts)
            account.is_open = is_open
            return account
