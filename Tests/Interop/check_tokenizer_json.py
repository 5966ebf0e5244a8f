#!/usr/bin/env python3
"""A `tokenizer.json` has the same ids in Rondo and in the Python package `tokenizers`, whoever wrote it.

Run by `make interop`, or alone: check_tokenizer_json.py --rondo PATH [FILE or FOLDER…]. For each kind of tokenizer that
has such a file, one is trained by Rondo, exported, and loaded in Python; and one is trained and saved by Python, and
loaded in Rondo. Then every text has to have the same ids in both, and these have to become the same text again.
"""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import interop
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

FORMS = {"nfc": normalizers.NFC, "nfd": normalizers.NFD, "nfkc": normalizers.NFKC, "nfkd": normalizers.NFKD}
# Every third text is not trained on, so that there is something unknown.
UNSEEN = 3


def python_tokenizer(kind, form, texts):
    if kind == "subword":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=3000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        )  # fmt: skip
    else:
        tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
        if kind == "character":
            tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\X"), "isolated")
            tokenizer.decoder = decoders.Fuse()
        else:
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
                pre_tokenizers.Split("\n", "isolated"), pre_tokenizers.Split(Regex(r"[ \t\x0B\f\r]+"), "removed"),
            ])  # fmt: skip
            tokenizer.decoder = decoders.Sequence([
                decoders.WordPiece(prefix=" ", cleanup=False), decoders.Fuse(), decoders.Replace(" \n", "\n"),
                decoders.Replace("\n ", "\n"),
            ])  # fmt: skip
        trainer = trainers.WordLevelTrainer(vocab_size=30_000, special_tokens=["[UNK]"], show_progress=False)
    if form in FORMS:
        tokenizer.normalizer = FORMS[form]()
    tokenizer.train_from_iterator(texts, trainer)
    if kind == "subword":
        # After the model's tokens, as GPT-2 has it.
        tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def check_texts(what, rondo, model, tokenizer, paths, unknown, folder):
    """Compares the ids of all texts, and what they decode to; `model` is what `rondo tokenize` takes."""
    tokens = 0
    lines = interop.run(rondo, "tokenize", "encode", model, *paths).splitlines()
    for path, line in zip(paths, lines, strict=True):
        ours = json.loads(line)
        theirs = tokenizer.encode(interop.text(path))
        if ours != theirs.ids:
            places = range(max(len(ours), len(theirs.ids)))
            place = next(place for place in places if ours[place : place + 1] != theirs.ids[place : place + 1])
            names = [tokenizer.id_to_token(id) for id in ours[place : place + 4]]
            raise interop.CheckFailed(
                f"{what}: {path.name}: ids differ from token {place} on: rondo {names}, "
                f"tokenizers {theirs.tokens[place : place + 4]}"
            )
        # What stands for the unknown in a text is each program's own.
        known = [id for id in ours if id != unknown]
        listed = folder / "ids.json"
        listed.write_text(str(known))
        if tokenizer.decode(known).encode("utf-8") != interop.run_bytes(rondo, "tokenize", "decode", model, listed):
            raise interop.CheckFailed(f"{what}: {path.name}: the ids decode to another text")
        tokens += len(ours)
    print(f"{what}: {len(paths)} of {len(paths)} texts, {tokens} ids, the same there and back")


def check_kind(rondo, kind, form, paths, folder):
    seen = [path for number, path in enumerate(paths) if number % UNSEEN != UNSEEN - 1]
    what = f"{kind}, {form}"

    run, file = folder / f"{kind}-{form}", folder / f"{kind}-{form}.json"
    interop.run(
        rondo, "train", *seen, "--tokenizer", kind, "--normalization", form, "--out", run, *interop.NO_MODEL
    )  # fmt: skip
    interop.run(rondo, "export", run / "last.safetensors", "-o", file, "--format", "tokenizer")
    tokenizer = Tokenizer.from_file(str(file))
    unknown = None if kind == "subword" else tokenizer.token_to_id("<unk>")
    check_texts(f"{what}: Rondo's file in Python", rondo, run, tokenizer, paths, unknown, folder)

    file = folder / f"python-{kind}-{form}.json"
    tokenizer = python_tokenizer(kind, form, [interop.text(path) for path in seen])
    tokenizer.save(str(file))
    unknown = tokenizer.token_to_id("[UNK]")
    check_texts(f"{what}: Python's file in Rondo", rondo, file, tokenizer, paths, unknown, folder)


def check(rondo, paths):
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("character", "whitespace", "subword"):
            for form in ("none", *FORMS):
                check_kind(rondo, kind, form, paths, pathlib.Path(folder))


if __name__ == "__main__":
    interop.main(check, __doc__.splitlines()[0], texts=[interop.CORPORA])
