"""The pages of mail: everybody's own preferences, and the outbox as staff see it."""

from crm.mail.views import deliveries, dispatches, domain, holds, hooks, outbox, preferences

blueprints = [preferences.bp, outbox.bp, deliveries.bp, dispatches.bp, holds.bp, hooks.bp, domain.bp]
