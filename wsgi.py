"""The door of web servers and of the `flask` command: reads .env, loads the settings, makes the app."""

import os

from dotenv import load_dotenv

import config
from crm.app import create_app

load_dotenv()
app = create_app(config.load(os.environ))
