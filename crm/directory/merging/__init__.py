"""Records that are the same: proposed in pairs, warned of while one types, merged, and taken apart again."""
