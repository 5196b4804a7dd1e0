"""Making an event from another one, or from a template: which of its pieces are taken along."""
