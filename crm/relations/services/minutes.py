"""Templates of minutes: texts that fill in the form of an exchange."""

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.errors import Changed
from crm.relations.models import InteractionKind, Minutes
from crm.relations.services.follow_ups import sign
from crm.text import clean
from crm.web.richtext import sanitise


def write_minutes(
    template: Minutes,
    *,
    kind: InteractionKind | None,
    name_fr: str,
    name_en: str = "",
    body_fr: str = "",
    body_en: str = "",
    version: int | None = None,
    by: Account | str,
) -> Minutes:
    """Say what the template is called and fills in; new ones come on the list. Raises Changed."""
    sign(by)
    if template.id is not None and version != template.version:
        raise Changed(who=history.last_actor(db.session(), template))
    template.kind, template.name_fr, template.name_en = kind, clean(name_fr), clean(name_en)
    template.body_fr, template.body_en = str(sanitise(body_fr)), str(sanitise(body_en))
    db.session.add(template)
    history.save(db.session(), template)
    return template


def archive_minutes(template: Minutes, *, archived: bool, by: Account | str) -> None:
    """Offer it no more, or again."""
    sign(by)
    template.is_archived = archived
