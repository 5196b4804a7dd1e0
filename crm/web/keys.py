"""Keys in addresses: a number that no key can be is an address that does not exist."""

from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1  # what both databases take for a key


class Key(IntegerConverter):
    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **options})


def install(app: Flask) -> None:
    """Before the routes are added."""
    app.url_map.converters["int"] = Key


def asked(name: str) -> int | None:
    """The key that the address asks for by that name (`?person=12`); None when it is none."""
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
