"""Who is in the directory: lists by filter, roles on a day, what a few typed letters may mean."""

from crm.directory.queries import views
from crm.directory.queries.addresses import first_addresses, people_reading
from crm.directory.queries.choices import (
    children,
    filter_choices,
    followers,
    kind_with,
    kinds,
    of_territories,
    suggest_organisations,
    suggest_people,
    tags,
)
from crm.directory.queries.listed import organisations, people, people_filtered
from crm.directory.queries.places import department_code, lies_in, territory_named
from crm.directory.queries.roles import (
    headcount,
    held_on,
    main_first,
    main_role,
    main_role_id,
    roles_at,
    roles_of,
    roles_on,
    standing_for,
)

__all__ = [
    "children",
    "department_code",
    "filter_choices",
    "first_addresses",
    "followers",
    "headcount",
    "held_on",
    "kind_with",
    "kinds",
    "lies_in",
    "main_first",
    "main_role",
    "main_role_id",
    "of_territories",
    "organisations",
    "people",
    "people_filtered",
    "people_reading",
    "roles_at",
    "roles_of",
    "roles_on",
    "standing_for",
    "suggest_organisations",
    "suggest_people",
    "tags",
    "territory_named",
    "views",
]
