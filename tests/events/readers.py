"""Other programs reading our calendars: ical.js in node, vobject in a process of its own.

Each gives back, for every VEVENT of a calendar in their order, its UID and the instants of its
start and end in seconds since 1970.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Times = list[tuple[str, int, int]]

IN_NODE = """
import fs from "node:fs";
import { pathToFileURL } from "node:url";
const { default: ICAL } = await import(pathToFileURL(process.argv[1]).href);
const calendars = JSON.parse(fs.readFileSync(0, "utf8"));
const seconds = (time) => time.toUnixTime();
console.log(JSON.stringify(calendars.map((text) =>
  new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").map((part) => {
    const event = new ICAL.Event(part);
    return [event.uid, seconds(event.startDate), seconds(event.endDate)];
  }))));
"""

# vobject keeps the zones it has seen for the life of its process: one process for each calendar.
IN_VOBJECT = """
import json, sys, vobject
calendar = vobject.readOne(sys.stdin.read())
times = [(e.uid.value, int(e.dtstart.value.timestamp()), int(e.dtend.value.timestamp()))
         for e in calendar.vevent_list]
print(json.dumps(times))
"""


def ical_js() -> Path:
    """Where ical.js is; the test is left out, loudly, where it is not (never with CI=true)."""
    named = os.environ.get("ICAL_JS")
    file = Path(named) if named else ROOT / "node_modules" / "ical.js" / "dist" / "ical.js"
    if file.is_file() and shutil.which("node"):
        return file
    missing = "ical.js LEFT OUT: install node, and name the file dist/ical.js of the npm package in ICAL_JS"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def by_ical_js(calendars: list[bytes]) -> list[Times]:
    command = ["node", "--input-type=module", "-e", IN_NODE, str(ical_js())]
    texts = json.dumps([calendar.decode() for calendar in calendars])
    done = subprocess.run(command, input=texts, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [[(uid, begins, ends) for uid, begins, ends in times] for times in json.loads(done.stdout)]


def by_vobject(calendar: bytes) -> Times:
    command = [sys.executable, "-c", IN_VOBJECT]
    done = subprocess.run(command, input=calendar.decode(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [(uid, begins, ends) for uid, begins, ends in json.loads(done.stdout)]
