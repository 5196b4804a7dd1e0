"""The pages of the directory."""

from crm.directory.bulk.views import bp as bulk
from crm.directory.erasing import views as erasing
from crm.directory.importing.views import bp as imports
from crm.directory.merging.views import bp as duplicates
from crm.directory.merging.views import lead_on
from crm.directory.models import Organisation, Person
from crm.directory.own.views import bp as own_fields
from crm.directory.saved.views import bp as saved_views
from crm.directory.views import roles, succession
from crm.directory.views.organisations import bp as organisations
from crm.directory.views.people import bp as people
from crm.directory.views.tags import bp as tags

__all__ = ["blueprints", "erasing", "roles", "succession"]

people.before_request(lead_on(Person, "person_id"))
organisations.before_request(lead_on(Organisation, "organisation_id"))

blueprints = [organisations, people, tags, imports, own_fields, bulk, saved_views, duplicates]
