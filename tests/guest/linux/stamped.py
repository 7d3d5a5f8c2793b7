# SPDX-License-Identifier: BSD-3-Clause
"""Files of stamped pages, as program/stamp.c makes and checks them in the guest."""
import struct

PAGE = 4096
STAMP = struct.Struct("<QQ")
MASK = (1 << 64) - 1


def filling(seed):
    """What follows the stamp in each page of the file of a seed."""
    words, state = [], seed
    for _ in range((PAGE - STAMP.size) // 8):
        state ^= state << 13 & MASK
        state ^= state >> 7
        state ^= state << 17 & MASK
        words.append(state)
    return struct.pack(f"<{len(words)}Q", *words)


def pages(seed, first, count):
    """The bytes of some pages in a row."""
    rest = filling(seed)
    return b"".join(STAMP.pack(seed, number) + rest for number in range(first, first + count))


def write(path, seed, n_pages, block=4096):
    with open(path, "wb") as file:
        for first in range(0, n_pages, block):
            file.write(pages(seed, first, min(block, n_pages - first)))


def check(path, seed, n_pages):
    """Compares a file with what it should hold."""
    found, expected = path.read_bytes(), pages(seed, 0, n_pages)
    if len(found) != len(expected):
        raise AssertionError(f"{path.name} has {len(found)} bytes on the host, "
                             f"not {len(expected)}")
    if found != expected:
        wrong = next(i for i in range(n_pages)
                     if found[i * PAGE:(i + 1) * PAGE] != expected[i * PAGE:(i + 1) * PAGE])
        raise AssertionError(f"page {wrong} of {path.name} is wrong on the host: it says "
                             f"{STAMP.unpack_from(found, wrong * PAGE)}, not {(seed, wrong)}")
