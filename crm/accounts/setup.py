"""Flask-Login on server-side sign-ins."""

from datetime import timedelta

from flask import Flask
from flask_login import LoginManager

from crm import clock
from crm.accounts import services
from crm.accounts.models import Account


def install(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader
    def resumed(token: str) -> Account | None:
        return services.resumed(
            token,
            at=clock.now(),
            idle=timedelta(hours=app.config["SIGN_IN_IDLE_HOURS"]),
            longest=timedelta(days=app.config["SIGN_IN_DAYS"]),
        )
