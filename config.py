"""The settings: read once from a mapping of strings, checked, and given to the app as a plain dict.

Every name is explained in `.env.example`.
"""

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

EXAMPLE_SECRET = "change-me-to-64-random-characters"  # noqa: S105  (the value that is refused)
SENDERS = ("folder", "smtp", "sendgrid")


class BadSetting(Exception):
    """A setting that the application refuses to start with; says which, and what to do."""


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """The application's configuration. Raises BadSetting with a sentence that says what to mend."""
    production = environ.get("MAILLAGE_ENV", "development") == "production"
    folder = Path(environ.get("DATA_DIR") or "instance").resolve()
    port = _whole(environ, "PORT", 8000)
    base_url = (environ.get("BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).netloc:
        raise BadSetting("BASE_URL must be a full address such as https://crm.example.org")
    database = environ.get("DATABASE_URL") or f"sqlite:///{folder / 'maillage.db'}"
    settings = {
        "PRODUCTION": production,
        "DATA_DIR": folder,
        "PORT": port,
        "BASE_URL": base_url,
        "SECRET_KEY": _secret(environ, production, folder),
        "SECRET_KEY_FALLBACKS": [s for s in environ.get("SECRET_KEY_FALLBACKS", "").split() if s],
        "SQLALCHEMY_DATABASE_URI": database,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine(database),
        "JOBS_URL": environ.get("JOBS_URL") or f"sqlite:///{folder / 'jobs.db'}",
        "SESSION_COOKIE_SECURE": base_url.startswith("https:"),
        "SESSION_COOKIE_NAME": "__Host-maillage" if base_url.startswith("https:") else "maillage",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SIGN_IN_IDLE_HOURS": _whole(environ, "SIGN_IN_IDLE_HOURS", 12),
        "SIGN_IN_DAYS": _whole(environ, "SIGN_IN_DAYS", 14),
        "PROXY_HOPS": _whole(environ, "PROXY_HOPS", 0),
        "MAX_CONTENT_LENGTH": _whole(environ, "MAX_UPLOAD_MB", 50) * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 5 * 1024 * 1024,
        "MAX_FORM_PARTS": 2_000,
        "ASSOCIATION_NAME": environ.get("ASSOCIATION_NAME") or "Maillage",
        "ZONE": environ.get("ZONE") or "Europe/Paris",
        "LOG_LEVEL": (environ.get("LOG_LEVEL") or "INFO").upper(),
        **_mail(environ, production),
        **_incoming(environ, folder, production),
    }
    if production:
        settings["TRUSTED_HOSTS"] = [urlsplit(base_url).hostname]
    return settings


def _secret(environ: Mapping[str, str], production: bool, folder: Path) -> str:
    """The signing key: always given in production; elsewhere made at random once and kept."""
    secret = environ.get("SECRET_KEY", "")
    if secret == EXAMPLE_SECRET or 0 < len(secret) < 32 or (production and not secret):
        raise BadSetting(
            "SECRET_KEY is missing, too short or the example: set 32 random characters or more, "
            "for example from `python -c 'import secrets; print(secrets.token_urlsafe(48))'`"
        )
    if production and len(set(secret)) < 10:
        raise BadSetting("SECRET_KEY repeats itself: set 32 random characters or more")
    if secret:
        return secret
    kept = folder / "secret.key"
    if not kept.exists():
        # Nobody else on the machine reads it: people, messages and their links lie here.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _mail(environ: Mapping[str, str], production: bool) -> dict[str, Any]:
    sender = environ.get("MAIL_SENDER") or "folder"
    if sender not in SENDERS:
        raise BadSetting(f"MAIL_SENDER must be one of {', '.join(SENDERS)}")
    if sender == "sendgrid" and not environ.get("SENDGRID_API_KEY"):
        raise BadSetting("SENDGRID_API_KEY is missing: MAIL_SENDER=sendgrid needs it")
    notices = environ.get("MAIL_NOTICE_SENDER", "")
    if notices and (notices not in SENDERS or notices == sender):
        others = ", ".join(way for way in SENDERS if way != sender)
        raise BadSetting(f"MAIL_NOTICE_SENDER must be another way than MAIL_SENDER: one of {others}")
    if notices == "sendgrid" and not environ.get("SENDGRID_API_KEY"):
        raise BadSetting("SENDGRID_API_KEY is missing: MAIL_NOTICE_SENDER=sendgrid needs it")
    if production and not environ.get("MAIL_FROM"):
        raise BadSetting("MAIL_FROM is missing: set the address that mail leaves from")
    origin = environ.get("MAIL_FROM") or "maillage@example.org"
    return {
        "MAIL_SENDER": sender,
        "MAIL_NOTICE_SENDER": notices,
        "MAIL_FROM": origin,
        "MAIL_REPLY_TO": environ.get("MAIL_REPLY_TO") or origin,
        "SMTP_HOST": environ.get("SMTP_HOST") or "127.0.0.1",
        "SMTP_PORT": _whole(environ, "SMTP_PORT", 25),
        "SMTP_USER": environ.get("SMTP_USER", ""),
        "SMTP_PASSWORD": environ.get("SMTP_PASSWORD", ""),
        "SMTP_TLS": environ.get("SMTP_TLS") or "none",
        "SMTP_MESSAGES_PER_CONNECTION": _whole(environ, "SMTP_MESSAGES_PER_CONNECTION", 100),
        "SENDGRID_API_KEY": environ.get("SENDGRID_API_KEY", ""),
        "SENDGRID_URL": environ.get("SENDGRID_URL") or "https://api.sendgrid.com",
        "SENDGRID_WEBHOOK_KEY": _webhook_key(environ),
        "DKIM_SELECTORS": environ.get("DKIM_SELECTORS", ""),
        "MAIL_TIMEOUT": _whole(environ, "MAIL_TIMEOUT", 20),
        "MAIL_KEPT_DAYS": _whole(environ, "MAIL_KEPT_DAYS", 180),
        "EXCLUSIONS_KEPT_DAYS": _whole(environ, "EXCLUSIONS_KEPT_DAYS", 400),
        "MAIL_PER_MINUTE": _whole(environ, "MAIL_PER_MINUTE", 0),
        "MAIL_DOMAINS_PER_MINUTE": _of_domains(environ, "MAIL_DOMAINS_PER_MINUTE", least=1),
        "MAIL_DOMAINS_AT_ONCE": {"*": 4, **_of_domains(environ, "MAIL_DOMAINS_AT_ONCE", least=0)},
    }


def _webhook_key(environ: Mapping[str, str]) -> str:
    """The public key of signed events, as SendGrid's page shows it."""
    key = "".join(environ.get("SENDGRID_WEBHOOK_KEY", "").split())
    try:
        base64.b64decode(key, validate=True)
    except ValueError:
        raise BadSetting(
            "SENDGRID_WEBHOOK_KEY must be the public key as SendGrid shows it: one line of base64"
        ) from None
    return key


def _ascii(domain: str, name: str) -> str:
    """The domain as addresses are kept: in ASCII (IDNA)."""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        raise BadSetting(f"{name} names “{domain}”, which is no domain") from None


def _of_domains(environ: Mapping[str, str], name: str, *, least: int) -> dict[str, int]:
    """A number for each domain; `*` stands for each of the others."""
    numbers = {}
    for given in environ.get(name, "").lower().split():
        domain, _equals, number = given.partition("=")
        if not domain or not number.isdigit() or int(number) < least:
            raise BadSetting(f"{name} must be domains with numbers, such as `orange.fr=60 *=600`")
        numbers[_ascii(domain, name)] = int(number)
    return numbers


def _incoming(environ: Mapping[str, str], folder: Path, production: bool) -> dict[str, Any]:
    """Where mail lies that comes in: to be filed as exchanges, answers of calendars, bounces."""
    origin = environ.get("MAIL_FROM") or "maillage@example.org"
    address = (environ.get("FILING_ADDRESS") or f"journal@{origin.rpartition('@')[2]}").lower()
    if "@" not in address or "+" in address:
        raise BadSetting("FILING_ADDRESS must be a plain address such as journal@example.org")
    # In production a server must take “plus” addresses first: somebody who knows says so.
    usual = "" if production else f"agenda@{origin.rpartition('@')[2]}"
    replies = environ.get("REPLIES_ADDRESS", usual).lower()
    if replies and ("@" not in replies or "+" in replies or replies == address):
        raise BadSetting("REPLIES_ADDRESS must be a plain address of its own, such as agenda@example.org")
    bounces = environ.get("BOUNCE_ADDRESS", "").lower()
    if bounces and ("@" not in bounces or "+" in bounces or bounces in (address, replies)):
        raise BadSetting("BOUNCE_ADDRESS must be a plain address of its own, such as bounces@example.org")
    # 32 signs are left for what is written behind the plus (RFC 5321, 4.5.3.1.1).
    if len(bounces.partition("@")[0]) > 30:
        raise BadSetting("BOUNCE_ADDRESS may have 30 characters before the @")
    tls = environ.get("IMAP_TLS") or "ssl"
    if tls not in ("ssl", "starttls", "none"):
        raise BadSetting("IMAP_TLS must be one of ssl, starttls, none")
    if environ.get("IMAP_HOST") and not environ.get("IMAP_USER"):
        raise BadSetting("IMAP_USER is missing: IMAP_HOST needs it")
    return {
        "FILING_ADDRESS": address,
        "FILING_FOLDER": Path(environ.get("FILING_FOLDER") or folder / "filing").resolve(),
        "FILING_MOST_MB": _whole(environ, "FILING_MOST_MB", 25),
        "REPLIES_ADDRESS": replies,
        "REPLIES_FOLDER": Path(environ.get("REPLIES_FOLDER") or folder / "replies").resolve(),
        "BOUNCE_ADDRESS": bounces,
        "BOUNCE_FOLDER": Path(environ.get("BOUNCE_FOLDER") or folder / "bounces").resolve(),
        "MAIL_AUTHSERV": environ.get("MAIL_AUTHSERV", "").lower(),
        "IMAP_HOST": environ.get("IMAP_HOST", ""),
        "IMAP_PORT": _whole(environ, "IMAP_PORT", 993 if tls == "ssl" else 143),
        "IMAP_USER": environ.get("IMAP_USER", ""),
        "IMAP_PASSWORD": environ.get("IMAP_PASSWORD", ""),
        "IMAP_TLS": tls,
        "IMAP_FOLDER": environ.get("IMAP_FOLDER") or "INBOX",
        "IMAP_DONE_FOLDER": environ.get("IMAP_DONE_FOLDER", ""),
    }


def _engine(database: str) -> dict[str, Any]:
    # A statement that fails is logged: without the values it was given, which hold names and tokens.
    if database.startswith("sqlite"):
        return {"hide_parameters": True}
    return {
        "hide_parameters": True,
        # The connection used last is taken first: it has the plans that are asked for again.
        "pool_use_lifo": True,
        "connect_args": {"options": "-c lock_timeout=15s -c statement_timeout=120s -c timezone=UTC"},
    }


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdigit():
        raise BadSetting(f"{name} must be a whole number, not {value!r}")
    return int(value)
