# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Reads what an object file (clang -g) knows about where its code comes from."""

import struct
from dataclasses import dataclass
from pathlib import Path

from .walk import Source


@dataclass(frozen=True)
class Object:
    """What an object file's BTF says about where its instructions come from."""

    functions: dict[str, tuple[str, int, int]]  # name: section, start, size; bytes
    lines: dict[str, list[tuple[int, Source]]]  # section: offset in bytes, line


def read_object(path: Path) -> Object:
    """Reads the symbols and line information that clang -g wrote.

    Formats: ELF64; .BTF and .BTF.ext as in the kernel's Documentation/bpf/btf.rst.
    """
    elf = path.read_bytes()
    order = "<" if elf[5] == 1 else ">"
    sections = read_sections(elf, order)
    content = {name: data for name, data in sections}
    return Object(
        read_functions(sections, content, order),
        read_lines(content.get(".BTF", b""), content.get(".BTF.ext", b""), order),
    )


def read_sections(elf: bytes, order: str) -> list[tuple[str, bytes]]:
    (table,) = struct.unpack_from(order + "Q", elf, 40)
    size, count, names = struct.unpack_from(order + "3H", elf, 58)
    headers = [
        struct.unpack_from(order + "2I4Q", elf, table + i * size) for i in range(count)
    ]
    start = headers[names][4]
    return [
        (text_at(elf, start + name), elf[offset : offset + length])
        for name, _, _, _, offset, length in headers
    ]


def text_at(data: bytes, offset: int) -> str:
    return data[offset : data.index(b"\0", offset)].decode(errors="replace")


def read_functions(
    sections: list[tuple[str, bytes]], content: dict[str, bytes], order: str
) -> dict[str, tuple[str, int, int]]:
    symbols = struct.iter_unpack(order + "I2BH2Q", content[".symtab"])
    return {
        text_at(content[".strtab"], name): (sections[section][0], start, size)
        for name, info, _, section, start, size in symbols
        if info & 15 == 2  # STT_FUNC
    }


def read_lines(btf: bytes, ext: bytes, order: str) -> dict[str, list]:
    if not btf or not ext:
        return {}
    (header,) = struct.unpack_from(order + "I", btf, 4)
    (strings,) = struct.unpack_from(order + "I", btf, 16)
    strings += header
    header, _, _, start, length = struct.unpack_from(order + "5I", ext, 4)
    at, end = header + start, header + start + length
    (record,) = struct.unpack_from(order + "I", ext, at)
    at += 4
    lines: dict[str, list] = {}
    while at < end:
        name, count = struct.unpack_from(order + "2I", ext, at)
        at += 8
        records = [
            struct.unpack_from(order + "4I", ext, at + i * record) for i in range(count)
        ]
        at += count * record
        lines[text_at(btf, strings + name)] = [
            (offset, read_line(btf, strings, *where)) for offset, *where in records
        ]
    return lines


def read_line(btf: bytes, strings: int, file: int, text: int, place: int) -> Source:
    return Source(
        text_at(btf, strings + text).strip(),
        str(Path(text_at(btf, strings + file))),
        place >> 10,
        place & 1023,
    )
