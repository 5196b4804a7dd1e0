"""Certificates of attendance, each with a number by which anybody can check that it is one of ours."""
