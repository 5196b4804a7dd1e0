"""A throw-away PostgreSQL server on loopback for the tests: `python -m tests.postgres start|stop FOLDER`.

`start` prints the server's address; nothing but the folder is written to. It needs Debian's
`postgresql` package (or `initdb` and `pg_ctl` on the path). Durability is off: the data are tests.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "max_connections": "100",
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "128MB",
}


def tool(name: str) -> str:
    """The newest of the installed programs of that name. Raises SystemExit when there is none."""
    found = shutil.which(name) or next(
        iter(sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)), None
    )
    if found is None:
        raise SystemExit(f"{name} is not installed: apt-get install postgresql")
    return found


def _as_owner(command: list[str]) -> None:
    """PostgreSQL refuses to run as root: there it runs as the account its package made."""
    demoted = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **demoted)  # type: ignore[call-overload]


def start(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = folder / "cluster"
    _as_owner(
        [
            tool("initdb"),
            "-D",
            str(cluster),
            "-U",
            "maillage",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
    )
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    options += f" -c port={port} -c unix_socket_directories={folder}"
    _as_owner([tool("pg_ctl"), "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", options, "start"])
    return f"postgresql://maillage@127.0.0.1:{port}/postgres"


def stop(folder: Path) -> None:
    _as_owner([tool("pg_ctl"), "-D", str(folder / "cluster"), "-m", "immediate", "stop"])
    shutil.rmtree(folder)


if __name__ == "__main__":
    act, place = sys.argv[1], Path(sys.argv[2])
    if act == "start":
        print(start(place))
    else:
        stop(place)
