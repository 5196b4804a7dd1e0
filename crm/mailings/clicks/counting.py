"""Counting how often links are opened, where the association says so; never by whom.

A mailing that leaves while that is switched on has its links entered here, and its letter leads through
`/go/<token>`, one address for all of its readers. Links that are a reader's own are left alone.
"""

import html
import re
import secrets

from flask import current_app
from flask_babel import force_locale
from markupsafe import Markup
from sqlalchemy import select, update

from crm.db import db
from crm.mailings import drawing, fields, own_links
from crm.mailings.clicks.models import MailingLink
from crm.mailings.models import Mailing
from crm.settings import queries as settings
from crm.web import richtext

_LINK = re.compile(r'href="(https?://[^"]+)"')


def enter(mailing: Mailing) -> int:
    """Enter the links of a mailing that leaves now; how many are counted from now on."""
    if not settings.association().counts_clicks:
        return 0
    urls: dict[str, None] = {}
    for language in mailing.languages:
        with force_locale(language):
            clean = fields.placed_html(richtext.sanitise(mailing.body_in(language)))
            body = own_links.placed(drawing.placed(clean, language), mailing.subject_ref)
        urls |= dict.fromkeys(map(html.unescape, _LINK.findall(str(body))))
    db.session.add_all(
        MailingLink(mailing_id=mailing.id, token=secrets.token_urlsafe(12), url=url) for url in urls
    )
    db.session.flush()
    return len(urls)


def links(mailing: Mailing) -> list[MailingLink]:
    """The links that are counted, the most opened first."""
    asked = select(MailingLink).where(MailingLink.mailing_id == mailing.id)
    return list(db.session.scalars(asked.order_by(MailingLink.opened.desc(), MailingLink.id)))


def is_counted(mailing: Mailing) -> bool:
    """Whether readers are to be told that links are counted."""
    if mailing.left_at is None:
        return settings.association().counts_clicks
    return (
        db.session.scalar(select(MailingLink.id).where(MailingLink.mailing_id == mailing.id).limit(1))
        is not None
    )


def placed(body: Markup, mailing: Mailing) -> Markup:
    """The body with links that lead through the count."""
    if mailing.left_at is None:
        return body
    known = {link.url: link.token for link in links(mailing)}
    if not known:
        return body
    base = current_app.config["BASE_URL"]

    def through(found: re.Match[str]) -> str:
        token = known.get(html.unescape(found[1]))
        return f'href="{base}/go/{token}"' if token else found[0]

    return Markup(_LINK.sub(through, str(body)))  # noqa: S704  (it was clean, and our address is)


def led_to(token: str) -> MailingLink | None:
    """The link of that token."""
    return db.session.scalar(select(MailingLink).where(MailingLink.token == token))


def count(link_id: int) -> None:
    """Count one opening; several at once all count."""
    counted = update(MailingLink).where(MailingLink.id == link_id).values(opened=MailingLink.opened + 1)
    db.session.execute(counted, execution_options={"synchronize_session": False})
