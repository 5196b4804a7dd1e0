"""Showing a mail's HTML inside our own pages."""

from flask import Response, current_app, g

# A mail's styles stand in its tags, which the policy of pages forbids; `sandbox` takes away scripts,
# forms and our own origin, so that nothing in it can act. Images are ours alone: nobody else sees who reads.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: {pictures}; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def framed(document: str) -> Response:
    """A mail's HTML for a frame of our own pages: no script, no form, no origin."""
    g.framed_by_us = True
    policy = POLICY.format(pictures=f"{current_app.config['BASE_URL']}/mailings/pictures/")
    return Response(document, mimetype="text/html", headers={"Content-Security-Policy": policy})
