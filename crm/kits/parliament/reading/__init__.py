"""The official files of both chambers and of INSEE, told apart by what they hold and never by their names."""

from crm.kits.parliament.reading.files import MOST_BYTES, read
from crm.kits.parliament.reading.told import Fault, Member, Place, Told

__all__ = ["MOST_BYTES", "Fault", "Member", "Place", "Told", "read"]
