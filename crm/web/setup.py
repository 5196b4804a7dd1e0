"""What the pages of every domain have at hand in templates."""

from flask import Flask

from crm.web import richtext


def install(app: Flask) -> None:
    app.jinja_env.filters.update(rich=richtext.sanitise, plain=richtext.plain)
