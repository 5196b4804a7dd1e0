"""The door of web servers and of the `flask` command: reads .env, loads the settings, makes the app."""

import gc
import os

from dotenv import load_dotenv

# All that is made here lasts as long as the process: nobody need look for garbage among it, now or later.
gc.disable()

import config  # noqa: E402
from crm.app import create_app  # noqa: E402

load_dotenv()
app = create_app(config.load(os.environ))
gc.freeze()
gc.enable()
