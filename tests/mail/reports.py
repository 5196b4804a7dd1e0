"""Reports of mail servers and events of the provider as they are laid out, from invented people."""

import base64
import json
from email.message import EmailMessage

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()


def block(recipient, *, action="failed", status="5.1.1", said="", original=""):
    """The fields of one recipient (RFC 3464, 2.3)."""
    lines = [f"Original-Recipient: rfc822;{original}"] if original else []
    lines += [f"Final-Recipient: rfc822; {recipient}", f"Action: {action}"]
    if status:
        lines.append(f"Status: {status}")
    if said:
        lines.append(f"Diagnostic-Code: smtp; {said}")
    return "\r\n".join(lines)


def report(*blocks, to="maillage@example.org", message_id="", words="", headers_only=True, extra=()):
    """A report as Postfix lays it out: words for people, fields for programs, the message that came back."""
    original = f"From: maillage@example.org\r\nMessage-ID: <{message_id}@example.org>\r\nSubject: Lettre\r\n"
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    original += "" if headers_only else "\r\nBonjour\r\n"
    parts = [
        "Content-Type: text/plain; charset=utf-8\r\n\r\n" + (words or "This message could not be delivered."),
        "Content-Type: message/delivery-status\r\n\r\n"
        + "\r\n\r\n".join(["Reporting-MTA: dns; mx.example.net\r\nArrival-Date: Mon, 2 Mar 2026", *blocks])
        + "\r\n",
        f"Content-Type: {kind}\r\n\r\n{original}",
    ]
    head = [
        "Return-Path: <>",
        f"Delivered-To: {to}",
        "From: Mail Delivery System <mailer-daemon@example.net>",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        *extra,
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="edge"',
    ]
    body = "".join(f"--edge\r\n{part}\r\n" for part in parts) + "--edge--\r\n"
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def absence(to):
    """An absence note: no report, although it comes by itself and quotes a code."""
    mail = EmailMessage()
    mail["Return-Path"] = "<>"
    mail["From"], mail["To"] = "ada@example.org", to
    mail["Subject"] = "Absence : Lettre"
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("Je suis absente. Mon ancienne adresse répond 550 5.1.1.")
    return mail.as_bytes()


def event(kind, delivery, *, email="", at=1893456000, named="abc123.recvd-1-2.0", **more):
    """One event in SendGrid's way; our argument stands beside its own fields."""
    return {
        "email": email or delivery.address.email,
        "timestamp": at,
        "smtp-id": f"<{delivery.message_id}@example.org>",
        "event": kind,
        "category": ["lettre"],
        "sg_event_id": base64.b64encode(f"{kind}{at}".encode()).decode(),
        "sg_message_id": named,
        "message_id": f"{delivery.message_id}@example.org",
        **more,
    }


def signed(events, *, at, key=KEY, body=None):
    """What the provider posts: the body and the two headers that sign it."""
    body = json.dumps(events).encode() if body is None else body
    timestamp = str(int(at.timestamp()))
    signature = key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "data": body,
        "content_type": "application/json",
        "headers": {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        },
    }
