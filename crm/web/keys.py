"""Keys in addresses: a number that no key can be is an address that does not exist."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1  # what both databases take for a key


class Key(IntegerConverter):
    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **options})


def install(app: Flask) -> None:
    """Before the routes are added."""
    app.url_map.converters["int"] = Key
