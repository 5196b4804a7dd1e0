"""Questions: what the registration form of an event asks besides the name, and what people answer."""
