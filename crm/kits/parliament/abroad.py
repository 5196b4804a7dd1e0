"""The eleven constituencies of the French abroad: which country votes in which.

As in the code électoral, tableau n° 1 ter. Keys are ISO 3166-1 alpha-2 codes, as organisations keep them.
"""

from crm.kits.parliament import seats
from crm.text import N_

COUNTRIES: dict[int, str] = {
    1: "US CA AS GU MP PR VI",
    2: "MX AG AR BB BO BR BS BZ CL CO CR CU DM DO EC GD GT GY HN HT JM KN LC NI PA PE PY SR SV TT UY VC VE",
    3: "GB IE DK NO SE FI IS EE LV LT AI AX BM FK FO GG GI GL IM JE KY MS SH TC VG",
    4: "BE NL LU AW BQ CW SX",
    5: "ES PT AD MC",
    6: "CH LI",
    7: "DE AT PL CZ SK HU SI HR BA RS ME XK MK AL BG RO",
    8: "IT SM VA MT GR CY TR IL PS",
    9: "DZ MA TN LY MR ML NE BF SN GM GN GW CV SL LR CI",
    10: (
        "ZA AO BH BI BJ BW CD CF CG CM DJ EG ER ET GA GH GQ IQ JO KE KM KW LB LS MG MU MW MZ NA NG OM QA RW "
        "SA SC SD SO SS ST SY SZ TD TG TZ UG AE YE ZM ZW"
    ),
    11: (
        "RU UA BY MD AM AZ GE KZ KG TJ TM UZ AF AU BD BN CN FJ FM ID IN IR JP KH KI KR LA LK MH MM MN MV MY "
        "NP NR NZ PG PH PK PW SB SG TH TL TO TV TW VN VU WS HK MO"
    ),
}
REGIONS = {
    1: N_("United States and Canada"),
    2: N_("Mexico, Central and South America, the Caribbean"),
    3: N_("United Kingdom, Ireland, Nordic and Baltic countries"),
    4: N_("Benelux"),
    5: N_("Spain, Portugal, Andorra, Monaco"),
    6: N_("Switzerland and Liechtenstein"),
    7: N_("Germany, Central Europe, the Balkans"),
    8: N_("Italy, Greece, Turkey, Israel and their neighbours"),
    9: N_("Maghreb and West Africa"),
    10: N_("Central, East and Southern Africa, the Middle East"),
    11: N_("Russia, Asia and Oceania"),
}
# French territories that other programs know as countries.
OVERSEAS = {
    "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "PM": "975", "YT": "976", "BL": "977", "MF": "978",
    "WF": "986", "PF": "987", "NC": "988",
}  # fmt: skip
_BY_COUNTRY = {country: number for number, listed in COUNTRIES.items() for country in listed.split()}


def of_country(code: str) -> str | None:
    """The constituency of the French who live there; None for France itself and what is in none."""
    number = _BY_COUNTRY.get(code.upper())
    return seats.constituency(seats.ABROAD, number) if number else None
