"""Reading pages and sending their forms as a browser without JavaScript would."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import lint


@dataclass
class Form:
    """One form of a page: where it goes and what it would send if nothing were typed."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    buttons: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._multiple = False
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        if tag == "form":
            self._open = Form(at.get("action") or "", (at.get("method") or "get").lower())
            self.forms.append(self._open)
        elif self._open is None or "disabled" in at:
            return
        elif tag == "input":
            self._input(at)
        elif tag == "button" and at.get("name"):
            self._open.buttons.setdefault(str(at["name"]), []).append(at.get("value") or "")
        elif tag == "textarea":
            self._area = at.get("name")
            if self._area:
                self._open.fields[self._area] = ""
        elif tag == "select":
            self._select, self._multiple = at.get("name"), "multiple" in at
        elif tag == "option" and self._select:
            self._option(at)

    def _input(self, at: dict[str, str | None]) -> None:
        name, kind = at.get("name"), (at.get("type") or "text").lower()
        if not name or self._open is None or kind in ("submit", "button", "file", "image"):
            return
        if kind in ("checkbox", "radio"):
            if "checked" in at:
                self._add(name, at.get("value") or "on", several=kind == "checkbox")
        else:
            self._add(name, at.get("value") or "", several=False)

    def _option(self, at: dict[str, str | None]) -> None:
        assert self._open is not None and self._select is not None
        if "selected" in at:
            self._add(self._select, at.get("value") or "", several=self._multiple)
        elif not self._multiple:
            self._open.fields.setdefault(self._select, at.get("value") or "")

    def _add(self, name: str, value: str, *, several: bool) -> None:
        assert self._open is not None
        known = self._open.fields.get(name)
        if several and known is not None:
            self._open.fields[name] = [*(known if isinstance(known, list) else [known]), value]
        else:
            self._open.fields[name] = value

    def handle_data(self, data: str) -> None:
        if self._area and self._open is not None:
            self._open.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._open is not None and self._area:
            # HTML: the line end right after the tag is not part of the text.
            self._open.fields[self._area] = re.sub(r"\A\r?\n", "", self._open.fields[self._area])
            self._area = None


def forms(html: str) -> list[Form]:
    """Every form of the page, in order."""
    reader = _Forms()
    reader.feed(html)
    return reader.forms


# What differs each time that a page is shown, and says nothing of how it is made.
_SPENT = re.compile(r'(?<=" value=")[\w#.-]{16,80}(?=")')


@lru_cache(maxsize=500)
def _faults(html: str) -> tuple[str, ...]:
    """What is wrong with the page; one that was just looked at is not read again."""
    return tuple(lint.faults(html))


class Browser:
    """A person at a browser: opens pages, fills in their forms, follows where they lead."""

    def __init__(self, client: FlaskClient, sign_in: Any) -> None:
        self._client = client
        self._sign_in = sign_in

    def as_(self, right: str, **account: Any) -> "Browser":
        """The same browser, now signed in to an account of that right."""
        self.account = self._sign_in(self._client, right, **account)
        return self

    def get(self, url: str, **options: Any) -> TestResponse:
        return self.open(url, method="GET", **options)

    def post(self, url: str, **options: Any) -> TestResponse:
        return self.open(url, method="POST", **options)

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """The answer; a page that breaks what pages owe their readers fails the test that opened it."""
        answer = self._client.open(*args, **options)
        # A redirection is not read, and a mail shown in its frame is laid out as mails are.
        is_page = answer.mimetype == "text/html" and not answer.location
        if is_page and not answer.request.path.endswith("/html"):
            found = _faults(_SPENT.sub("", answer.text))
            assert not found, f"{answer.request.path}: " + "; ".join(found)
        return answer

    def set_cookie(self, *args: Any, **options: Any) -> None:
        self._client.set_cookie(*args, **options)

    def filled(self, page_url: str, to: str | None = None, **typed: Any) -> tuple[str, dict[str, Any]]:
        """The address and fields that the page's POST form sends once `typed` stands in it.

        `to` picks the form whose action ends so; without it, the first POST form of the page's
        main part that has all the typed fields, else the first POST form there. A typed None removes a field.
        """
        page = self.get(page_url, follow_redirects=True)
        assert page.status_code == 200, f"{page_url} answers {page.status_code}"
        main = page.text.partition("<main")[2] or page.text
        posts = [form for form in forms(main) if form.method == "post"]
        if to is not None:
            posts = [form for form in posts if form.action.split("?")[0].endswith(to)]
        assert posts, f"{page_url} has no such form"
        fitting = [form for form in posts if set(typed) <= {*form.fields, *form.buttons}]
        form = (fitting or posts)[0]
        fields = {**form.fields, **{name: value for name, value in typed.items() if value is not None}}
        for name, value in typed.items():
            if value is None:
                fields.pop(name, None)
        return form.action or page.request.full_path.rstrip("?"), fields

    def submit(self, page_url: str, to: str | None = None, **typed: Any) -> TestResponse:
        """Open the page, fill in its form, send it; the answer is not followed."""
        action, fields = self.filled(page_url, to, **typed)
        return self.post(action, data=fields)

    def submit_and_follow(self, page_url: str, to: str | None = None, **typed: Any) -> TestResponse:
        action, fields = self.filled(page_url, to, **typed)
        return self.post(action, data=fields, follow_redirects=True)
