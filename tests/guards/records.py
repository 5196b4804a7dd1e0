"""One record of each kind, so that every route leads somewhere."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.routing import Rule


@dataclass
class Records:
    """One record of each kind, so that routes with keys lead somewhere.

    `tokens` are what opens the pages of people without account, by endpoint.
    """

    keys: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def address(self, rule: Rule) -> str:
        """The rule's path with its arguments filled in."""
        values = {}
        for name in rule.arguments:
            if name in (rule.defaults or {}):
                continue
            converter = rule._converters[name]
            kind = type(converter).__name__
            if kind == "AnyConverter":
                values[name] = sorted(converter.items)[0]
            elif name == "token" and rule.endpoint in self.tokens:
                values[name] = self.tokens[rule.endpoint]
            elif name in self.keys:
                values[name] = self.keys[name]
            else:
                values[name] = 1 if kind == "Key" else "x"
        path = rule.build(values)
        assert path is not None, rule
        return path[1]


@pytest.fixture
def records(make: Any) -> Records:
    organisation = make.organisation("Région Bretagne")
    person = make.person("Ana", "Roux", email="ana@example.org", organisation=organisation)
    event = make.event("Webinaire santé")
    question = make.question(event)
    other = make.account("staff", email="other@example.org")
    kit = make.kit(slug=event.slug)
    mailing = make.mailing()
    exchange = make.exchange(organisations=[organisation], people=[person])
    partnership = make.partnership(organisation)
    agreement = make.agreement(organisations=[organisation])
    body = make.body()
    seat = make.seat(body, person, organisation_id=organisation.id, function_id=make.body_function().id)
    membership = make.membership(organisation, college_id=make.college().id)
    promised = make.follow_up(organisation_id=organisation.id)
    quote = make.quote(exchange, person)
    minutes = make.minutes()
    mail = make.filed_mail()
    twin = make.person("Anna", "Roux")
    pair = make.pair(person, twin)
    merge = make.merge(person, make.person("A.", "Roux"))
    session = make.programme_session(event, make.person())
    quota = make.quota(event, twin)
    door, link, signing = make.door(event), make.private_link(event), make.signing(kit)
    invitation, delivery = make.invitation(event, person), make.delivery()
    registration = make.registration(event, make.person())
    own = ("registration", "own_answers", "own_data", "own_entry", "own_evaluation", "own_resources")
    return Records(
        {
            "kept_id": person.id,
            "gone_id": twin.id,
            "pair_id": pair.id,
            "merge_id": merge.id,
            "organisation_id": organisation.id,
            "person_id": person.id,
            "event_id": event.id,
            "question_id": question.id,
            "set_id": make.question_set().id,
            "column_set_id": make.column_set().id,
            "link_id": link.id,
            "account_id": other.id,
            "kit_id": kit.id,
            "parliamentarian_id": (one := make.parliamentarian()).id,
            "letter_id": make.kit_letter(kit).id,
            "target_id": make.kit_target(kit, one).id,
            "load_id": make.roster_load().id,
            "signature_id": make.cosignatory(kit, organisation).id,
            "signing_id": signing.id,
            "release_id": make.kit_release(kit).id,
            "version_id": (version := make.kit_amendment(kit)).id,
            "relay_id": make.amendment_relay(version, one).id,
            "mailing_id": mailing.id,
            "mailing_template_id": make.mailing_template().id,
            "mail_signature_id": make.mail_signature().id,
            "picture_id": make.picture().id,
            "purpose_id": make.purpose().id,
            "part_id": mailing.parts[0].id,
            "form_id": make.subscription_form(event.slug).id,
            "view_id": make.view().id,
            "interaction_id": exchange.id,
            "partnership_id": partnership.id,
            "agreement_id": agreement.id,
            "body_id": body.id,
            "seat_id": seat.id,
            "membership_id": membership.id,
            "year": 2028,
            "month": 12,
            "follow_up_id": promised.id,
            "quote_id": quote.id,
            "minutes_id": minutes.id,
            "mail_id": mail.id,
            "slug": event.slug,
            "name": "event_kinds",
            "entry_id": make.event_kind().id,
            "tag_id": make.tag().id,
            "field_id": make.own_field().id,
            "filename": "favicon.svg",
            "kind": "people",
            "key": person.id,
            "change_id": make.change(person).id,
            "connected_id": (connected := make.platform_person(event)).id,
            "file_id": connected.file_id,
            "resource_id": make.resource(event).id,
            "door_id": door.id,
            "document_id": make.event_document(event).id,
            "series_id": make.series(event, slug=event.slug).id,
            "session_id": session.id,
            "speaker_id": session.turns[0].speaker_id,
            "template_id": make.event_template(event).id,
            "quota_id": quota.id,
            "member_id": quota.members[0].id,
            "invitation_id": invitation.id,
            "prepared_id": make.prepared_invitation(event, make.person()).id,
            "reply_id": make.calendar_reply(event).id,
            "reminder_id": make.reminder(event).id,
            "address_id": (bounce := make.bounce()).address_id,
            "report_id": bounce.report_id,
            "delivery_id": delivery.id,
            "voter_id": make.voter(make.assembly(event)).id,
        },
        {
            "agenda.invitation": invitation.token,
            "agenda.private": link.token,
            "agenda.speaking": session.turns[0].speaker.token,
            "certificates.fetch": registration.token,
            "door.show": door.token,
            "preferences.show": delivery.token,
            "public_kits.confirm": signing.token,
            **{f"agenda.{page}": registration.token for page in own},
        },
    )
