"""The application: the only module that knows every domain."""

import importlib
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from flask import Flask, request, url_for
from flask_babel import get_locale
from flask_login import current_user
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from crm.db import db
from crm.demo import accounts as demo_accounts
from crm.text import N_
from crm.web import access, errors, forms, i18n, keys, logs, pages, rights, security, squeezing, tables
from crm.web.rights import May, allows

ROOT = Path(__file__).resolve().parent.parent
DOMAINS = (
    "index", "web", "keeping", "jobs", "settings", "accounts", "territories", "mail", "directory",
    "relations", "governance", "events", "mailings", "kits", "search", "reports", "demo", "serving",
)  # fmt: skip

# endpoint, label, icon, right
MENU = (
    ("home.index", N_("Home"), "home", May.READ),
    ("organisations.index", N_("Organisations"), "building-community", May.READ),
    ("people.index", N_("People"), "users", May.READ),
    ("relations.index", N_("Relations"), "messages", May.READ),
    ("governance.index", N_("Governance"), "award", May.READ),
    ("events.index", N_("Events"), "calendar-event", May.READ),
    ("mailings.index", N_("Mailings"), "mail", May.READ),
    ("kits.index", N_("Mobilisation"), "speakerphone", May.READ),
    ("settings.index", N_("Settings"), "settings", May.READ),
    ("keeping.bin", N_("Bin"), "trash", May.READ),
)


def create_app(settings: dict[str, Any]) -> Flask:
    """The application for these settings (see `config.load`)."""
    app = Flask("crm", root_path=str(ROOT / "crm"), template_folder=str(ROOT / "templates"))
    app.config.update(settings)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    if hops := app.config.get("PROXY_HOPS"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Path(app.config["DATA_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    logs.install(app)
    i18n.install(app)
    db.init_app(app)
    _join_migrations(app)
    errors.install(app)
    security.install(app)
    pages.install(app)
    keys.install(app)
    squeezing.install(app)
    app.after_request(forms.remember_location)
    for domain in DOMAINS:
        _join(app, domain)
    access.install(app)
    app.extensions["demo_sign_ins"] = lambda: demo_accounts.sign_ins(db.session())
    app.context_processor(lambda: _page_facts(app))
    app.jinja_env.globals.update(
        here=tables.here, address_before=tables.address_before, csrf_field=forms.csrf_field, rights=rights
    )
    app.url_defaults(_versioned)
    return app


def _join_migrations(app: Flask) -> None:
    """Give commands and tests their `flask db`; a web process starts without Alembic."""
    if click.get_current_context(silent=True) is not None or "flask_migrate" in sys.modules:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)


def _join(app: Flask, domain: str) -> None:
    """Take in what the domain offers: models, pages, commands, and whatever it sets up by itself."""
    for part in ("models", "views", "cli", "setup"):
        name = f"crm.{domain}.{part}"
        if find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        for blueprint in getattr(module, "blueprints", [getattr(module, "bp", None)]):
            if blueprint is not None:
                app.register_blueprint(blueprint)
        for commands in getattr(module, "all_commands", [getattr(module, "commands", None)]):
            if commands is not None:
                app.cli.add_command(commands)
        if part == "setup":
            module.install(app)


def _page_facts(app: Flask) -> dict[str, Any]:
    from crm.settings import queries as settings

    signed_in = current_user.is_authenticated
    return {
        "account": current_user if signed_in else None,
        "may": access.may,
        "association": settings.association(),
        "menu": _menu(app) if signed_in else [],
        "language": str(get_locale() or "fr"),
    }


def _menu(app: Flask) -> list[dict[str, str]]:
    return [
        {"endpoint": endpoint, "label": label, "icon": icon, "url": _way_to(endpoint, request.script_root)}
        for endpoint, label, icon, may in MENU
        if endpoint in app.view_functions and allows(current_user.right, may)
    ]


@cache
def _way_to(endpoint: str, _root: str) -> str:
    """The address of a page of the menu where the site lies under that root; every page shows them all."""
    return url_for(endpoint)


def _versioned(endpoint: str, values: dict[str, Any]) -> None:
    """Static files carry the time they changed, so that browsers may keep them for good."""
    if endpoint == "static" and "v" not in values and (name := values.get("filename")):
        values["v"] = _changed_at(name)


@cache
def _changed_at(name: str) -> int:
    """When the static file changed, in seconds; looked at once, for a page names many."""
    file = ROOT / "crm" / "static" / name
    return int(file.stat().st_mtime) if file.exists() else 0
