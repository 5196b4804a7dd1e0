"""The programme of an event: its sessions, their rooms, who speaks in them, and the documents."""
