#!/usr/bin/env python3
"""A subword model has the merges, the ids and the tokens of a text that the Python package `tokenizers` finds.

Run by `make interop`, or alone: check_subword.py --rondo PATH [FILE or FOLDER…]. It relies on what docs/checkpoint-format.md
says of subwords: the tokenizer of a checkpoint is made anew in Python from its JSON alone, and one is trained in
Python on the same text.
"""

import json
import pathlib
import sys
import tempfile
from itertools import zip_longest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import interop
from safetensors import safe_open
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

GRAPHIC = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
STAND_INS = {byte: chr(byte) for byte in GRAPHIC}
for byte in range(256):
    STAND_INS.setdefault(byte, chr(0x100 + len(STAND_INS) - len(GRAPHIC)))


def name(entry):
    """What `tokenizers` calls an entry of the vocabulary."""
    if "special" in entry:
        return entry["special"]
    return "".join(STAND_INS[byte] for byte in entry.get("bytes", entry.get("text", "").encode("utf-8")))


def byte_level(model):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def trained(text, size, minimum_count):
    tokenizer = byte_level(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=minimum_count, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[AddedToken("<boundary>")], show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator([text], trainer)
    return json.loads(tokenizer.to_str())["model"]


def check_text(rondo, path, size, minimum_count):
    text = interop.text(path)
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        interop.run(
            rondo, "train", path, "--tokenizer", "subword", "--normalization", "none", "--vocabulary-size", size,
            "--minimum-count", minimum_count, "--out", run, *interop.NO_MODEL,
        )  # fmt: skip
        with safe_open(run / "last.safetensors", framework="pt") as file:
            ours = json.loads(file.metadata()["tokenizer"])
        ids = interop.encode(rondo, run, path)

    def differ(what, left, right):
        if left != right:
            place = next(at for at, pair in enumerate(zip_longest(left, right)) if pair[0] != pair[1])
            raise interop.CheckFailed(
                f"{path.name}, {size} entries: {what} differ first at {place}: "
                f"rondo {left[place : place + 3]}, tokenizers {right[place : place + 3]}"
            )

    names = [name(entry) for entry in ours["vocabulary"]]
    merges = [[names[left], names[right]] for left, right in ours["merges"]]
    theirs = trained(text, size, minimum_count)
    differ("entries", names, sorted(theirs["vocab"], key=theirs["vocab"].get))
    differ("merges", merges, theirs["merges"])

    vocabulary = {entry: id for id, entry in enumerate(names)}
    tokenizer = byte_level(models.BPE(vocab=vocabulary, merges=[tuple(merge) for merge in merges]))
    differ("ids", ids, tokenizer.encode_batch_fast([text])[0].ids)
    if tokenizer.decode(ids) != text:
        raise interop.CheckFailed(f"{path.name}: the ids decode to another text")
    counts = [0] * len(names)
    for id in ids:
        counts[id] += 1
    differ("counts", [entry["count"] for entry in ours["vocabulary"]], counts)
    return len(ids), len(merges)


def check(rondo, paths):
    for path in paths:
        for size, minimum_count in ((300, 2), (4096, 2), (20_000, 1)):
            tokens, merges = check_text(rondo, path, size, minimum_count)
            print(f"subword: {path.name}: {merges} merges and {tokens} tokens, the same in Python")


if __name__ == "__main__":
    interop.main(check, __doc__.splitlines()[0], texts=[interop.CORPORA])
