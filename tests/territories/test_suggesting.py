"""What the field that asks for an authority receives while one types."""

from tests.make import Make
from tests.pages import Browser

THIN = "\u202f"


def france(make: Make) -> None:
    make.territory("Pays de la Loire", "region", "52", region_code="52", population=3926000)
    make.territory("Maine-et-Loire", "department", "49", department_code="49", region_code="52", population=9)
    inside = {"department_code": "49", "region_code": "52"}
    make.territory("Angers", "commune", "49007", population=159022, **inside)
    make.territory("CU Angers Loire Métropole", "epci", "244900015", nature="CU", population=308806, **inside)
    make.territory("Angoulins", "commune", "17010")


def test_each_proposal_says_its_kind_department_and_people(client: Browser, make: Make) -> None:
    france(make)
    found = client.as_("viewer", language="fr").get("/territories/suggest?q=Ang").json
    assert [(one["label"], one["detail"]) for one in found] == [
        ("CU Angers Loire Métropole", f"communauté urbaine · Maine-et-Loire (49) · 308{THIN}806 hab."),
        ("Angers", f"commune · Maine-et-Loire (49) · 159{THIN}022 hab."),
        ("Angoulins", "commune"),
    ]
    assert all(isinstance(one["value"], int) for one in found)


def test_the_detail_is_in_the_readers_language(client: Browser, make: Make) -> None:
    france(make)
    found = client.as_("viewer", language="en").get("/territories/suggest?q=maine").json
    assert [one["detail"] for one in found] == ["department · Pays de la Loire · pop. 9"]


def test_the_kind_narrows_and_an_unknown_kind_is_refused(client: Browser, make: Make) -> None:
    france(make)
    client.as_("staff")
    found = client.get("/territories/suggest?q=ang&kind=epci").json
    assert [one["label"] for one in found] == ["CU Angers Loire Métropole"]
    unknown = client.get("/territories/suggest?q=ang&kind=planet", headers={"Accept": "application/json"})
    assert unknown.status_code == 400


def test_an_empty_or_absent_question_proposes_nothing(client: Browser) -> None:
    client.as_("viewer")
    assert client.get("/territories/suggest").json == []
    assert client.get("/territories/suggest?q=" + "x" * 5000).json == []


def test_only_signed_in_people_are_answered(client: Browser) -> None:
    assert client.get("/territories/suggest?q=ang").status_code in (302, 401)
