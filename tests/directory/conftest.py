"""What every test of imports brings files in with."""

from tests.directory.imports_made import imports as imports
