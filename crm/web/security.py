"""Headers of every answer: what the browser may load, keep and tell others."""

import secrets

from flask import Flask, Response, g, request

PLAIN = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; form-action 'self'; frame-ancestors {frames}; base-uri 'none'; "
    "worker-src {workers}"
)


def install(app: Flask) -> None:
    app.after_request(_guard)
    app.jinja_env.globals["style_nonce"] = style_nonce


def style_nonce() -> str:
    """The nonce that the rich-text editor of this page needs for its style sheet."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    return str(g.style_nonce)


def allow_camera() -> None:
    """Let this page ask for the camera; no other may."""
    g.allows_camera = True


def allow_worker() -> None:
    """Let this page hand itself to a worker of ours; no other may."""
    g.allows_worker = True


def _guard(response: Response) -> Response:
    nonce = f" 'nonce-{g.style_nonce}'" if "style_nonce" in g else ""
    frames = "'self'" if g.get("framed_by_us") else "'none'"
    headers = response.headers
    workers = "'self'" if g.get("allows_worker") else "'none'"
    policy = PLAIN.format(nonce=nonce, frames=frames, workers=workers)
    headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin" if g.get("asked") else "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    camera = "(self)" if g.get("allows_camera") else "()"
    headers["Permissions-Policy"] = f"camera={camera}, microphone=(), geolocation=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static":
        # A file whose address does not change with it (a part that a script loads) is asked about again.
        lasts = "v" in request.args or request.path.startswith("/static/vendor/")
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasts else "no-cache"
    elif g.get("asked") is not None or "token" in (request.view_args or ()):
        headers["Cache-Control"] = "no-store"
        headers.add("Vary", "Cookie")
    return response
