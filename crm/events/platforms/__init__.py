"""Who was there, read from the file of a webinar platform."""
