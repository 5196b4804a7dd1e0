"""What every page owes its readers and the browser, checked on each page that any test opens."""

from collections import Counter
from html.parser import HTMLParser
from typing import Any

LABELLED = {"input", "select", "textarea"}
UNLABELLED_KINDS = {"hidden", "submit", "button", "image", "reset"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: Counter[str] = Counter()
        self.labels: set[str] = set()
        self.fields: list[dict[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.title = ""
        self.lang = ""
        self._form: dict[str, Any] | None = None
        self._in: list[str] = []
        self._words: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.counts[tag] += 1
        self._policy(tag, at)
        if at.get("id"):
            self.ids[at["id"]] += 1
        if tag == "html":
            self.lang = at.get("lang", "")
        elif tag == "form":
            self._form = {
                "action": at.get("action", ""),
                "post": at.get("method", "").lower() == "post",
                "has": set(),
                "hidden": set(),
            }
        elif tag in LABELLED:
            self._field(tag, at)
        elif tag == "button" and self._form is not None and at.get("name", "") in self._form["hidden"]:
            self.faults.append(f"the button {at['name']} is silenced by a hidden field of that name")
        elif tag == "label":
            self.labels.add(at.get("for", ""))
        elif tag == "img" and "alt" not in at:
            self.faults.append(f"an image without alt: {at.get('src')}")
        if tag in ("a", "button", "h1", "title"):
            self._words = {"tag": tag, "said": at.get("aria-label", ""), "href": at.get("href", "")}
        if tag in ("title", "label"):
            self._in.append(tag)

    def _policy(self, tag: str, at: dict[str, str]) -> None:
        if tag == "style" or "style" in at:
            self.faults.append(f"an inline style on <{tag}>")
        if tag == "script" and "src" not in at:
            self.faults.append("an inline script")
        for name, value in at.items():
            if (
                name.startswith("on")
                or name.startswith(("hx-on", "data-hx-on"))
                or (name != "value" and value.strip().startswith("javascript:"))
            ):
                self.faults.append(f"a script in {name} of <{tag}>")

    def _field(self, tag: str, at: dict[str, str]) -> None:
        if self._form is not None:
            self._form["has"].add(at.get("name", ""))
            if at.get("type") == "hidden" and at.get("name"):
                self._form["hidden"].add(at["name"])
        if tag == "input" and at.get("type", "text").lower() in UNLABELLED_KINDS:
            return
        if "label" not in self._in and not (at.get("aria-label") or at.get("aria-labelledby")):
            self.fields.append(at)

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words["said"] += data
        if "title" in self._in:
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        if tag in self._in:
            self._in.remove(tag)
        if self._words is not None and tag == self._words["tag"]:
            if not self._words["said"].strip():
                self.faults.append(f"a <{tag}> without words: {self._words['href']}")
            self._words = None
        if tag == "form" and self._form is not None:
            if self._form["post"] and not {"csrf_token", "form_key"} <= self._form["has"]:
                self.faults.append(f"a POST form without its hidden fields: {self._form['action']}")
            self._form = None


def faults(html: str) -> list[str]:
    """What is wrong with the page, a line each; a fragment of a page is not judged."""
    if "<html" not in html:
        return []
    page = _Page()
    page.feed(html)
    found = list(page.faults)
    if not html.lstrip().lower().startswith("<!doctype html>"):
        found.append("no doctype")
    if page.lang not in ("fr", "en"):
        found.append(f"lang is {page.lang!r}")
    if not page.title.replace("· Maillage", "").strip():
        found.append("no title")
    if page.counts["h1"] != 1:
        found.append(f"{page.counts['h1']} h1")
    if page.counts["main"] != 1:
        found.append(f"{page.counts['main']} main")
    found += [f"the id {name} {times} times" for name, times in page.ids.items() if times > 1]
    found += [
        f"a field without label: {field.get('name') or field.get('id')}"
        for field in page.fields
        if field.get("id") not in page.labels
    ]
    return found
