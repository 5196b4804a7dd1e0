"""What every guard walks with."""

from tests.guards.records import records as records
