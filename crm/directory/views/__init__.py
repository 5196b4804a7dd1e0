"""The pages of the directory."""

from crm.directory.views import roles
from crm.directory.views.organisations import bp as organisations
from crm.directory.views.people import bp as people

__all__ = ["blueprints", "roles"]

blueprints = [organisations, people]
