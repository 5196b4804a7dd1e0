"""What the field that asks for an authority proposes while one types."""

from flask import Blueprint, Response, abort, jsonify, request

from crm.territories import messages, queries
from crm.territories.models import TerritoryKind
from crm.web.access import needs
from crm.web.rights import May

bp = Blueprint("territories", __name__, url_prefix="/territories")


@bp.get("/suggest")
@needs(May.READ)
def suggest() -> Response:
    """`?q=` letters, a code, a postcode or a SIREN; `&kind=` one of TerritoryKind."""
    return jsonify(
        [
            {"value": one.territory.id, "label": one.territory.name, "detail": messages.detail(one)}
            for one in queries.suggest(request.args.get("q", ""), _kind())
        ]
    )


def _kind() -> TerritoryKind | None:
    asked = request.args.get("kind")
    try:
        return TerritoryKind(asked) if asked else None
    except ValueError:
        abort(400)
