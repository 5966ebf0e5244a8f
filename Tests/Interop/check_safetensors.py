#!/usr/bin/env python3
"""Holds a checkpoint of Rondo against docs/checkpoint-format.md and against Python's safetensors.

    check_safetensors.py CHECKPOINT                 read the checkpoint in two ways
    check_safetensors.py CHECKPOINT --rondo RONDO   and let `RONDO inspect` read and refuse files made here
    check_safetensors.py --rondo RONDO              the same, with a checkpoint that RONDO trains first

Needs torch and safetensors. Exit status: 0 if everything agrees, 1 if not.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import save

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
MARK = b'"digest":"crc32c:'

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ 0x82F63B78 if byte & 1 else byte >> 1
    TABLE.append(byte)


def crc32c(data):
    register = 0xFFFFFFFF
    for byte in data:
        register = register >> 8 ^ TABLE[(register ^ byte) & 255]
    return register ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def header_end(data):
    return 8 + struct.unpack("<Q", data[:8])[0]


def digits_of(data):
    """Where the digits of the digest begin."""
    header = data[: header_end(data)]
    assert header.count(MARK) == 1, "the mark of the digest has to occur exactly once"
    return header.index(MARK) + len(MARK)


def sealed(data):
    """`data` with the right digest."""
    at = digits_of(data)
    zeroed = data[:at] + b"00000000" + data[at + 8 :]
    return data[:at] + b"%08x" % crc32c(zeroed) + data[at + 8 :]


def read(data):
    """The metadata and tensors of a checkpoint, from the page alone."""

    def pairs(members):
        assert len({key for key, _ in members}) == len(members), "a key occurs twice"
        return dict(members)

    end = header_end(data)
    assert 2 <= end - 8 <= 100_000_000, "the length of the header"
    assert data[8:9] == b"{", "the header begins with {"
    header = json.loads(data[8:end].decode("utf-8"), object_pairs_hook=pairs)
    metadata = header.pop("__metadata__")
    assert all(isinstance(value, str) for value in metadata.values()), "metadata are strings"
    assert (metadata["format"], metadata["format_version"]) == ("rondo", "1"), "format and version"
    assert sealed(data) == data, "the digest"
    at = digits_of(data)
    assert metadata["digest"] == "crc32c:" + data[at : at + 8].decode(), "the digest in the metadata"
    tensors, position = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        assert set(entry) == {"dtype", "shape", "data_offsets"}, name
        begin, stop = entry["data_offsets"]
        assert begin == position, f"{name}: a hole or an overlap"
        dtype = DTYPES[entry["dtype"]]
        count = 1
        for size in entry["shape"]:
            count *= size
        assert stop - begin == count * dtype.itemsize, f"{name}: its size"
        raw = bytearray(data[end + begin : end + stop])
        values = torch.frombuffer(raw, dtype=dtype) if raw else torch.empty(0, dtype=dtype)
        tensors[name] = values.reshape(entry["shape"])
        position = stop
    assert end + position == len(data), "the end of the file"
    return metadata, tensors


def same(first, second):
    if (first.dtype, first.shape) != (second.dtype, second.shape):
        return False
    return bytes(first.contiguous().view(-1).view(torch.uint8)) == bytes(
        second.contiguous().view(-1).view(torch.uint8)
    )


def check_reading(path):
    with open(path, "rb") as file:
        data = file.read()
    metadata, tensors = read(data)
    assert header_end(data) % 64 == 0, "Rondo's writer begins the data on a multiple of 64"
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values()), "NaN or infinity"
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == metadata, "safetensors reads other metadata"
        assert set(file.keys()) == set(tensors), "safetensors reads other names"
        for name, tensor in tensors.items():
            assert same(file.get_tensor(name), tensor), f"safetensors reads other values: {name}"
    print(f"read: {len(tensors)} tensors, {len(data)} bytes, the same in both ways")
    return data, metadata, tensors


def files_of_python(data, metadata, tensors):
    """(name, bytes, exit status of rondo) of files that Python's safetensors or this script made."""
    resaved = save(tensors, metadata)
    yield "python's safetensors, sealed", sealed(resaved), 0
    yield "python's safetensors, backwards", sealed(save(dict(reversed(tensors.items())), metadata)), 0
    without = {key: value for key, value in metadata.items() if key != "digest"}
    yield "no digest", save(tensors, without), 65
    # The digest of a file with other padding or order of entries is another one, except by chance.
    at = digits_of(resaved)
    yield "wrong digest", resaved[:at] + b"%08x" % (crc32c(resaved) ^ 1) + resaved[at + 8 :], 65
    yield "upper-case digest", resaved[:at] + b"ABCDEF00" + resaved[at + 8 :], 65
    yield "newer version", sealed(save(tensors, metadata | {"format_version": "2"})), 65
    yield "not of Rondo", save(tensors, metadata | {"format": "pt"}), 65
    yield "no metadata", save(tensors), 65
    more = tensors | {"extra.counts": torch.arange(3)}
    yield "64-bit integers", sealed(save(more, metadata)), 65
    yield "one byte short", data[:-1], 65
    yield "one byte more", data + b"\0", 65
    yield "one bit in the data", data[:-1] + bytes([data[-1] ^ 1]), 65
    yield "header cut", data[: header_end(data) // 2], 65
    yield "empty", b"", 65
    yield "a text", b"It was a bright cold day in April.\n" * 10, 65


def check_rondo(rondo, data, metadata, tensors):
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file.safetensors")
        for name, content, expected in files_of_python(data, metadata, tensors):
            with open(path, "wb") as file:
                file.write(content)
            result = subprocess.run([rondo, "inspect", path], capture_output=True, text=True)
            one_line = expected == 0 or len(result.stderr.strip().splitlines()) == 1
            agrees = result.returncode == expected and one_line
            wrong += not agrees
            mark = "ok   " if agrees else "WRONG"
            print(f"{mark} {name}: exit {result.returncode} (expected {expected}) {result.stderr.strip()}")
    return wrong == 0


def train(rondo, folder):
    """The path of a small checkpoint that can be resumed."""
    text = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "whitespace.txt")
    sizes = "--layers 1 --hidden-size 24 --embedding-size 12 --batch-size 4 --window 16 --steps 5 --seed 1"
    subprocess.run(
        [rondo, "train", text, "--out", folder, *sizes.split(), "--quiet"], stdin=subprocess.DEVNULL, check=True
    )
    return os.path.join(folder, "last.safetensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", nargs="?")
    parser.add_argument("--rondo", help="the program whose `inspect` is to read and refuse files made here")
    arguments = parser.parse_args()
    if arguments.checkpoint is None and arguments.rondo is None:
        parser.error("a CHECKPOINT, or --rondo to train one with")
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.checkpoint or train(arguments.rondo, os.path.join(folder, "run"))
        try:
            checkpoint = check_reading(path)
        except AssertionError as error:
            print(f"WRONG {path}: {error}")
            return 1
    if arguments.rondo is None:
        print("files made by Python were not given to rondo: no --rondo")
        return 0
    return 0 if check_rondo(arguments.rondo, *checkpoint) else 1


if __name__ == "__main__":
    sys.exit(main())
