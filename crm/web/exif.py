"""How a photograph is to be turned: the one thing that is read, and kept, of what a camera wrote into it.

CIPA DC-008 (Exif), 4.6.4: the tag Orientation of the first directory, from 1 (as it lies) to 8.
"""

import struct

AS_IT_LIES = 1
_HEAD = b"Exif\0\0"
_ORIENTATION = 0x0112
_MARK = b"\xff\xe1"
_START_OF_SCAN = 0xDA


def turn(jpeg: bytes) -> int:
    """The orientation that the photograph asks for; 1 where it asks for none, or for none that there is."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _START_OF_SCAN:
        length = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        segment = jpeg[at + 4 : at + 2 + length]
        if jpeg[at : at + 2] == _MARK and segment.startswith(_HEAD):
            return _orientation(segment[len(_HEAD) :])
        at += 2 + length
    return AS_IT_LIES


def lies_on_its_side(jpeg: bytes) -> bool:
    """Whether what stands in the file as its width is seen as its height."""
    return turn(jpeg) >= 5


def of_turn(turned: int) -> bytes:
    """The segment that says nothing but this orientation; nothing for what is seen as it lies."""
    if turned == AS_IT_LIES:
        return b""
    directory = struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, turned, 0, 0)
    told = _HEAD + struct.pack(">2sHI", b"MM", 42, 8) + directory
    return _MARK + struct.pack(">H", len(told) + 2) + told


def _orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return AS_IT_LIES
    try:
        [directory] = struct.unpack_from(f"{order}I", tiff, 4)
        [entries] = struct.unpack_from(f"{order}H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * entries, 12):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else AS_IT_LIES
    except struct.error:
        pass
    return AS_IT_LIES
