"""What becomes of acts on kits and of signatures when a person is erased: the numbers stay."""

import secrets

from sqlalchemy import select, update

from crm.db import db
from crm.directory.erasing import rules
from crm.directory.erasing.rules import Erasing
from crm.kits.acting.models import KitAct, KitReader
from crm.kits.models import Cosignatory
from crm.kits.signing.models import Signing
from crm.text import N_

QUIETLY = {"synchronize_session": False}


def install() -> None:
    rules.stays("kit_readers.person_id", N_("Acts on kits"))
    rules.also("kits", _forget)


def _forget(under_way: Erasing) -> None:
    """Their acts are those of an unknown reader; what they signed stays signed, by nobody named."""
    readers = list(db.session.scalars(select(KitReader.id).where(KitReader.person_id.in_(under_way.people))))
    db.session.execute(
        update(KitAct).where(KitAct.reader_id.in_(readers)).values(words=""), execution_options=QUIETLY
    )
    for key in readers:
        nobody = {"person_id": None, "keeps_name": False, "token": secrets.token_urlsafe(24)}
        anew = update(KitReader).where(KitReader.id == key).values(**nobody)
        db.session.execute(anew, execution_options=QUIETLY)
    asked = Signing.address_id.in_(under_way.addresses)
    for signing in db.session.scalars(select(Signing).where(asked)):
        signed = (
            (Cosignatory.kit_id == signing.kit_id)
            & (Cosignatory.organisation_id == signing.organisation_id)
            & (Cosignatory.signer == signing.contact)
        )
        nameless = update(Cosignatory).where(signed).values(signer="", signer_function="")
        db.session.execute(nameless, execution_options=QUIETLY)
    gone = {"given_name": "", "family_name": "", "function": "", "reason": ""}
    db.session.execute(update(Signing).where(asked).values(**gone), execution_options=QUIETLY)
    db.session.expire_all()
