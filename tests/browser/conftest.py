"""Pages in a real Chromium, served over loopback; what the strict policy blocks fails the test.

Without a Chromium these tests are skipped and the report says so; with CI=true that is a failure.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.pages import forms

# The same browser without its windows takes a third less of the processor.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
IN_CI = os.environ.get("CI") == "true"
WIDE, PHONE = (1280, 900), (360, 740)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# Only what was found comes back: what passed is a thousand times as long. Our policy lets no page have
# sounds or films, for which axe would look first.
RUN_AXE = """([tags, passed]) => axe.run({exclude: passed},
        {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], preload: false})
    .then(found => found.violations)"""
# The script is long: it is sent once to each tab, which keeps it for the pages that follow.
HAS_AXE = """() => {
    if (!('axe' in window) && origin !== 'null' && sessionStorage.axe) (0, eval)(sessionStorage.axe);
    return 'axe' in window;
}"""
TAKE_AXE = """script => {
    if (origin !== 'null') sessionStorage.axe = script;
    (0, eval)(script);
}"""
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]


def axe_file() -> Path | None:
    """axe-core's script: AXE_JS names it, else where `npm install axe-core` puts it."""
    places = (os.environ.get("AXE_JS"), "node_modules/axe-core/axe.min.js")
    return next((Path(place) for place in places if place and Path(place).exists()), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            if CHROMIUM is None and not IN_CI:
                item.add_marker(pytest.mark.skip(reason="BROWSER TESTS LEFT OUT: no Chromium was found"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "CI needs Chromium: install Debian's package chromium-headless-shell"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the application, served from threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    before = app.config["BASE_URL"]
    app.config["BASE_URL"] = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app.config["BASE_URL"]
    server.shutdown()
    thread.join()
    server.server_close()
    app.config["BASE_URL"] = before


@pytest.fixture
def person_at(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Someone at a screen: `person_at(WIDE)`; each call is another browser with its own cookies."""
    contexts, faults = [], []

    def sit_down(size: tuple[int, int] = WIDE, language: str = "fr-FR", **options: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=language, accept_downloads=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield sit_down
    for context in contexts:
        context.close()
    assert not faults, faults


def _is_fault(said: Any) -> bool:
    """A breach of the content policy, or an error of a script; answers such as 422 are not."""
    return "Content Security Policy" in said.text or (
        said.type == "error" and "Failed to load resource" not in said.text
    )


@pytest.fixture
def axe() -> str:
    """The script of axe-core."""
    source = axe_file()
    if source is None:
        assert not IN_CI, "CI needs axe-core: npm install axe-core and name it in AXE_JS"
        pytest.skip("AXE LEFT OUT: npm install axe-core, or name it in AXE_JS")
    return source.read_text()


@pytest.fixture
def accessible(axe: str) -> Callable[..., None]:
    """Fails when axe-core finds anything on the page, but in those of its parts that `passed` already."""

    def check(page: Page, passed: Sequence[str] = ()) -> None:
        # A script may look at a page whose own style sheet has not come yet; nobody else sees it so.
        page.wait_for_load_state("load")
        # Evaluated in the page by the driver, which the content policy does not concern.
        if not page.evaluate(HAS_AXE):
            page.evaluate(TAKE_AXE, axe)
        faults = page.evaluate(RUN_AXE, [AXE_TAGS, [[part] for part in passed]])
        told = [f"{fault['id']}: {node['html'][:160]}" for fault in faults for node in fault["nodes"]]
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check


def sign_in(page: Page, site: str, email: str, password: str) -> None:
    """As the page of sign-in does it, without showing it; that page has a test of its own."""
    door = page.request.get(f"{site}/sign-in")
    [form] = [form for form in forms(door.text()) if "password" in form.fields]
    typed = {**form.fields, "email": email, "password": password}
    let_in = page.request.post(door.url, form=typed, max_redirects=0)
    assert let_in.status == 302, let_in.status
