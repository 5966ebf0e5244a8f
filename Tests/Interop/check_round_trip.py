#!/usr/bin/env python3
"""Every tokenizer gives back the normalized text, as Python's `unicodedata` normalizes it.

Run by `make interop`, or alone: check_round_trip.py --rondo PATH [FILE or FOLDER…]. For each kind of tokenizer and each
normal form, one is trained on every third text, so that much of the others is unknown and spelled; `whitespace`, which cannot spell,
on all of them. Then every text is encoded and decoded by the program. The versions of Unicode need not be the same: what is
assigned in both has one normal form for ever, and a text with a code point that Python does not know fails the check.
"""

import pathlib
import re
import sys
import tempfile
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import interop

KINDS = {
    "character": ["--unknown", "bytes"], "word": ["--unknown", "bytes"], "whitespace": [], "byte": [], "subword": [],
}  # fmt: skip
FORMS = ("none", "nfc", "nfd", "nfkc", "nfkd")
SEEN = 3


def normalized(path, kind, form):
    """What has to come back, in UTF-8."""
    text = interop.text(path)
    if any(unicodedata.category(character) == "Cn" for character in text):
        raise interop.CheckFailed(f"{path.name}: a code point is not in Unicode {unicodedata.unidata_version}")
    if form != "none":
        text = unicodedata.normalize(form.upper(), text)
    if kind == "whitespace":
        # One space between the words of a line.
        text = "\n".join(re.sub(r"[ \t\v\f\r]+", " ", line).strip(" ") for line in text.split("\n"))
    return text.encode("utf-8")


def check_kind(rondo, kind, form, paths, folder):
    run = folder / f"{kind}-{form}"
    seen = paths if kind == "whitespace" else paths[::SEEN]
    interop.run(
        rondo, "train", *seen, "--tokenizer", kind, *KINDS[kind], "--normalization", form, "--out", run,
        *interop.NO_MODEL,
    )  # fmt: skip
    lines = interop.run(rondo, "tokenize", "encode", run, *paths).splitlines()
    ids = folder / "ids.json"
    for path, line in zip(paths, lines, strict=True):
        ids.write_text(line)
        if interop.run_bytes(rondo, "tokenize", "decode", run, ids) != normalized(path, kind, form):
            raise interop.CheckFailed(f"{kind}, {form}: {path.name}: another text comes back")
    print(f"{kind}, {form}: {len(paths)} of {len(paths)} texts come back")


def check(rondo, paths):
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            for form in FORMS:
                check_kind(rondo, kind, form, paths, pathlib.Path(folder))


if __name__ == "__main__":
    interop.main(check, __doc__.splitlines()[0], texts=[interop.CORPORA])
