"""Building personal invitations, against the plain way of the standard library."""

from datetime import UTC, datetime, timedelta
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

from flask import Flask
from markupsafe import Markup

from crm.events.ical import Attendee, Entry, invitation
from crm.mail import look
from crm.mail.composing import Button, Filled, Letter, lay_out, place
from crm.mail.message import Message
from crm.web import richtext, setup
from tests.bench.harness import ROOT, Verdict, at_least, job, side_by_side

INVITED = 1_000
STAMP = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
DESCRIPTION = "<div>Trois régions présentent leur modèle d’ouverture des données de santé.</div>" * 12


def entry() -> Entry:
    return Entry(
        uid="7d1f0f1e-0001@example.org",
        title="Webinaire : les données de santé à l’échelle locale",
        starts_at=STAMP + timedelta(days=25),
        ends_at=STAMP + timedelta(days=25, hours=1),
        zone="Europe/Paris",
        stamp=STAMP,
        organizer="agenda@example.org",
        organizer_name="Agenda de l’association",
        description=richtext.plain(DESCRIPTION),
        url="https://crm.example.org/e/donnees-de-sante",
        join_url="https://meet.example.org/j/4711",
    )


def letter() -> Letter:
    return Letter(
        language="fr",
        title="Webinaire : les données de santé à l’échelle locale",
        body=Markup("<p>{}</p>").format(place("greeting")) + richtext.sanitise(DESCRIPTION),
        facts=(("Quand", "jeudi 26 mars 2026 à 9 h 30 (heure de Paris)"), ("Où", "En ligne")),
        buttons=(Button("Je viens", place("accept_url")), Button("Je ne viens pas", place("decline_url"))),
        notices=("Vous recevez ce message parce que vous suivez les travaux de l’association.",),
        links=(Button("Choisir ce que je reçois", place("preferences_url")),),
        house="L’association",
    )


def filled(number: int, text: Letter) -> Filled:
    base = f"https://crm.example.org/i/{number:040x}"
    return lay_out(text).fill(
        greeting=f"Bonjour Hélène Martin {number},",
        accept_url=f"{base}?answer=accepted",
        decline_url=f"{base}?answer=declined",
        preferences_url=f"https://crm.example.org/u/{number:040x}",
    )


def ours() -> list[bytes]:
    """Everything from the facts to the bytes."""
    text, about = letter(), entry()
    return [our_message(number, filled(number, text), about).as_bytes() for number in range(INVITED)]


def our_message(number: int, said: Filled, about: Entry) -> Message:
    return Message(
        to=f"helene.martin{number}@example.org",
        to_name=f"Hélène Martin {number}",
        subject=said.subject,
        text=said.text,
        html=said.html,
        sender="agenda@example.org",
        sender_name="L’association",
        reply_to="reponses@example.org",
        message_id=f"{number:032x}@example.org",
        sent_at=STAMP,
        ics=invitation(about, Attendee(f"helene.martin{number}@example.org", f"Hélène Martin {number}")),
        method="REQUEST",
        unsubscribe_url=f"https://crm.example.org/u/{number:040x}",
    )


def plain_way(number: int, said: Filled, ics: str) -> bytes:
    """The same message from texts that are ready, by `email.mime`."""
    alternative = MIMEMultipart("alternative")
    alternative.attach(MIMEText(said.text, "plain", "utf-8"))
    alternative.attach(MIMEText(said.html, "html", "utf-8"))
    calendar = MIMEText(ics, "calendar", "utf-8")
    calendar.set_param("method", "REQUEST")
    alternative.attach(calendar)
    message = MIMEMultipart("mixed")
    message["From"] = formataddr(("L’association", "agenda@example.org"))
    message["To"] = formataddr((f"Hélène Martin {number}", f"helene.martin{number}@example.org"))
    message["Subject"] = said.subject
    message["Date"] = format_datetime(STAMP)
    message["Message-ID"] = f"<{number:032x}@example.org>"
    message["Reply-To"] = "reponses@example.org"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN"
    message["List-Unsubscribe"] = f"<https://crm.example.org/u/{number:040x}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.attach(alternative)
    attached = MIMEApplication(ics.encode(), "ics")
    attached.add_header("Content-Disposition", "attachment", filename="invite.ics")
    message.attach(attached)
    return message.as_bytes()


@job("Building 1,000 personal invitations with iCal, against email.mime")
def invitations() -> Verdict:
    app = Flask("crm", template_folder=str(ROOT / "templates"))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    setup.install(app)
    # Nothing is asked of a database here, also after benches that had one.
    look.told.append(look.Look)
    with app.app_context():
        ready = [filled(number, letter()) for number in range(INVITED)]
        calendar = invitation(entry(), Attendee("helene.martin@example.org", "Hélène Martin")).decode()
        mine, floor = side_by_side(
            ours,
            lambda: [plain_way(number, ready[number], calendar) for number in range(INVITED)],
        )
    look.told.remove(look.Look)
    return at_least(1, INVITED / mine, INVITED / floor)
