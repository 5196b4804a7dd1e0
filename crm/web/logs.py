"""Logs: one line an event, for people in development and as JSON in production.

Stacks are written without the values of variables: those hold people's names and secrets.
"""

import logging

import structlog
from flask import Flask


def install(app: Flask) -> None:
    production = app.config.get("PRODUCTION", False)
    renderer = (
        structlog.processors.JSONRenderer()
        if production
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if production else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(str(app.config.get("LOG_LEVEL", "INFO")), logging.INFO)
        ),
        cache_logger_on_first_use=False,
    )
