"""How often the links of a mailing were opened: a number for each link, tied to nobody."""
