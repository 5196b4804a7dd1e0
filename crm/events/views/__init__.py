"""The pages of events: the agenda, the people of an event, and the pages for anyone."""

from crm.events.views import agenda, door, inviting, people, postponing, public

blueprints = (agenda.bp, public.bp, door.door_bp)

__all__ = ["agenda", "blueprints", "door", "inviting", "people", "postponing", "public"]
