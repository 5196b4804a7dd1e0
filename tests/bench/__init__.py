"""Speed and memory against floors measured in the same run; see `tests.bench.harness`."""
