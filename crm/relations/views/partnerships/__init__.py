"""Partnerships: the board by stage, the list, and each of them opened, moved, told anew, binned."""

from crm.relations.views.partnerships import editing, lists, moving
from crm.relations.views.partnerships.parts import box, follow_act, mark

__all__ = [
    "box",
    "editing",
    "follow_act",
    "lists",
    "mark",
    "moving",
]
