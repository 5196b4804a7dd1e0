"""The amendment of a kit: its versions, by whom they are relayed, and what became of them."""
