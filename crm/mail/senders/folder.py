"""The default way out: each message a file `.eml` in a folder, read at `/outbox`.

The file is named for the message, so that sending it twice leaves one; it is written beside,
brought to the disk and then renamed, so that nobody ever reads half of it.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from crm.mail.message import Message
from crm.mail.senders import Unavailable
from crm.text import N_


class FolderSender:
    name = "folder"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._is_made = False

    def send(self, message: Message) -> str:
        """Write the message. Raises Unavailable when the disk is full or not writable."""
        name = f"{message.message_id.partition('@')[0]}.eml"
        beside = self.folder / f".{name}.{os.getpid()}"
        try:
            if not self._is_made:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._is_made = True
            with beside.open("wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.folder / name)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            self._is_made = False
            raise Unavailable(N_("The folder of messages cannot be written."), str(error)) from None
        return name

    def close(self) -> None:
        """Nothing is held open."""


def discard(folder: Path, message_ids: Iterable[str]) -> None:
    """Take away the files of these messages, whatever way they left by: their readers were erased."""
    for message_id in message_ids:
        (folder / f"{message_id}.eml").unlink(missing_ok=True)
