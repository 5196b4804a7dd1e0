"""The mails of signing: confirm that it was you, sign with us, and what was decided."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm import clock
from crm.db import db
from crm.kits.models import Kit
from crm.kits.signing import services
from crm.kits.signing.models import Signing, SigningInvitation, SigningState
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out
from crm.mail.message import Message
from crm.text import N_
from crm.web import i18n, links

GONE = N_("The request to sign is gone.")
CONFIRMED = N_("The request was confirmed before this message left.")
OVER = N_("The kit took no more signatures when this message was about to leave.")


@composes(services.CONFIRM)
def confirm(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """To the address that was typed: nothing happens before its owner says yes."""
    for delivery in deliveries:
        signing = db.session.get(Signing, delivery.subject_id)
        if signing is None or signing.state is not SigningState.UNCONFIRMED:
            yield Suppressed(GONE if signing is None else CONFIRMED)
            continue
        with force_locale(delivery.language):
            body = _paragraphs(
                _("Good day %(name)s,", name=signing.contact),
                _(
                    "You asked that %(organisation)s sign “%(kit)s”. Confirm it: nobody looks at it before.",
                    organisation=signing.name,
                    kit=signing.kit.title,
                ),
            )
            address = links.absolute("public_kits.confirm", slug=signing.kit.slug, token=signing.token)
            letter = Letter(
                language=delivery.language,
                title=_("Confirm your signature: %(kit)s", kit=signing.kit.title),
                body=body,
                buttons=(Button(_("Read it again and confirm"), address),),
                notices=(_("Was it not you? Do nothing: no more mail comes."),),
                house=delivery.origin.name,
            )
            said = lay_out(letter).fill()
        yield delivery.message(**said._asdict(), to_name=signing.contact)


@composes(services.INVITE)
def invite(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """To the address of an organisation; the link knows which one it is."""
    for delivery in deliveries:
        invitation = db.session.get(SigningInvitation, delivery.subject_id)
        kit = invitation.kit if invitation is not None else None
        if invitation is None or kit is None or not services.is_open(kit, day=clock.day(clock.now())):
            yield Suppressed(OVER)
            continue
        with force_locale(delivery.language):
            letter = Letter(
                language=delivery.language,
                title=_("Sign with us: %(kit)s", kit=kit.title),
                body=_invited(kit, invitation.organisation.name),
                buttons=(
                    Button(_("Sign for the organisation"), _sign_address(kit, invitation.token)),
                    Button(_("Read the whole call"), links.absolute("public_kits.show", slug=kit.slug)),
                ),
                notices=(_("Whoever has the mandate to sign for the organisation can do so."),),
                links=(Button(_("Choose what you receive"), delivery.preferences_url),),
                house=delivery.origin.name,
            )
            said = lay_out(letter).fill()
        yield delivery.message(**said._asdict(), to_name=invitation.organisation.name)


def _invited(kit: Kit, name: str) -> Markup:
    said = [_("We invite %(organisation)s to sign this call with us.", organisation=name), kit.objective]
    if kit.deadline:
        said.append(_("You can act until %(day)s.", day=i18n.day(kit.deadline)))
    return _paragraphs(*said)


def _sign_address(kit: Kit, token: str) -> str:
    return links.absolute("public_kits.sign", slug=kit.slug, invited=token)


@composes(services.DECIDED)
def decided(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Whoever asked learns what became of it, with the reason where it was refused."""
    for delivery in deliveries:
        signing = db.session.get(Signing, delivery.subject_id)
        if signing is None:
            yield Suppressed(GONE)
            continue
        with force_locale(delivery.language):
            title, sentence, foot = _outcome(signing)
            letter = Letter(
                language=delivery.language,
                title=title,
                body=_paragraphs(_("Good day %(name)s,", name=signing.contact), sentence),
                buttons=(
                    Button(_("See the kit"), links.absolute("public_kits.show", slug=signing.kit.slug)),
                ),
                notices=(foot,),
                house=delivery.origin.name,
            )
            said = lay_out(letter).fill()
        yield delivery.message(**said._asdict(), to_name=signing.contact)


def _outcome(signing: Signing) -> tuple[str, str, str]:
    """Title, sentence and last line."""
    facts = {"organisation": signing.name, "kit": signing.kit.title}
    if signing.state is not SigningState.ACCEPTED:
        return (
            _("Your request to sign: %(kit)s", **facts),
            _("%(organisation)s does not sign “%(kit)s”: %(reason)s", reason=signing.reason, **facts),
            _("Is this a mistake? Answer this message."),
        )
    if signing.is_public:
        said = _("Thank you: %(organisation)s stands among the signatories of “%(kit)s”.", **facts)
    else:
        said = _("Thank you: %(organisation)s signs “%(kit)s” without being named in public.", **facts)
    title = _("%(organisation)s has signed: %(kit)s", **facts)
    return title, said, _("To withdraw the signature, answer this message.")


def _paragraphs(*sentences: str) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in sentences if sentence)
