"""Imported by the process that others are forked from: making an application reads the code of every room."""

import secrets
import tempfile

import config
from crm.app import create_app

with tempfile.TemporaryDirectory() as folder:
    create_app(config.load({"DATA_DIR": folder, "SECRET_KEY": secrets.token_hex()}))
