"""Files of strangers taken into the directory."""
