"""The pages of mail: everybody's own preferences, and the outbox as staff see it."""

from crm.mail.views import dispatches, outbox, preferences

blueprints = [preferences.bp, outbox.bp, dispatches.bp]
