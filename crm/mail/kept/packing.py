"""Little room for messages that are much alike: what they have in common is the dictionary of the others."""

import zlib
from collections.abc import Sequence

LEVEL = 3
# What zlib looks back to.
LONGEST_FORM = 32_000


def in_common(contents: Sequence[bytes]) -> bytes:
    """The lines of the first that stand in all the others too."""
    others = [set(content.split(b"\r\n")) for content in contents[1:]]
    lines = [line for line in contents[0].split(b"\r\n") if all(line in other for other in others)]
    return b"\r\n".join(lines)[-LONGEST_FORM:]


def compressed(content: bytes, form: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zdict=form) if form else zlib.compressobj(LEVEL)
    return packer.compress(content) + packer.flush()


def uncompressed(content: bytes, form: bytes) -> bytes:
    unpacker = zlib.decompressobj(zdict=form) if form else zlib.decompressobj()
    return unpacker.decompress(content) + unpacker.flush()
