"""Deputies and senators: the official files, who sits for which constituency, and whom a place elects."""
