"""The pages of events: the agenda, the people of an event, and the pages for anyone."""

from crm.events.views import agenda, inviting, people, public

blueprints = (agenda.bp, public.bp)

__all__ = ["agenda", "blueprints", "inviting", "people", "public"]
