"""`python -m tests.bench [WORD...]`: what `make bench` runs."""

import sys

from tests.bench import harness

if __name__ == "__main__":
    harness.load()
    sys.exit(harness.run(sys.argv[1:]))
