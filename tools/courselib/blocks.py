# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Where the blocks are in the files that a student has changed.

Only their comments tell, the markers of the reference or what the student got
instead; a block without them is nowhere, and its tests are run all the same.
"""

import re
from pathlib import Path

from . import markers

END = re.compile(r"\s*(?://@end|#@end|/\* end of|# end of) (\d+\.\d+)\b")


def read(path: Path) -> str:
    """What there is in a file; nothing if it is gone."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def find(text: str, block: str) -> range:
    """The numbers of the lines between the comments of a block."""
    start = markers.places(text).get(block)
    if not start:
        return range(0)
    for number, line in enumerate(text.split("\n"), 1):
        end = END.match(line)
        if number > start and end and end[1] == block:
            return range(start + 1, number)
    return range(0)


def at(text: str, line: int) -> str | None:
    """The block that a line lies in."""
    for block in markers.places(text):
        if line in find(text, block):
            return block
    return None
