#!/usr/bin/env python3
"""A `tokenizer.json` has the same ids in Rondo and in the Python package `tokenizers`, whoever wrote it.

Run by `make interop`, or alone: check_tokenizer_json.py --rondo PATH [FILE or FOLDER…]. For each kind of tokenizer that
has such a file, one is trained by Rondo on all texts, exported, and loaded in Python; and one is trained and saved by Python,
and loaded in Rondo. Then every text has to have the same ids in both, and to come back from them.
"""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import interop
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CORPORA = pathlib.Path(__file__).resolve().parents[2] / "corpora"
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
        trainer = trainers.WordLevelTrainer(vocab_size=30_000, special_tokens=["[UNK]"], show_progress=False)
    if form in FORMS:
        tokenizer.normalizer = FORMS[form]()
    tokenizer.train_from_iterator(texts, trainer)
    if kind == "subword":
        # Behind the model's tokens, as GPT-2 has it.
        tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def check_ids(what, rondo, model, tokenizer, paths, texts):
    """Compares the ids of all texts, and what they decode to; `model` is what `rondo tokenize` takes."""
    tokens = 0
    lines = interop.run(rondo, "tokenize", "encode", model, *paths).splitlines()
    for path, text, line in zip(paths, texts, lines, strict=True):
        ours = json.loads(line)
        theirs = tokenizer.encode(text)
        if ours != theirs.ids:
            places = range(max(len(ours), len(theirs.ids)))
            place = next(place for place in places if ours[place : place + 1] != theirs.ids[place : place + 1])
            names = [tokenizer.id_to_token(id) for id in ours[place : place + 4]]
            raise interop.CheckFailed(
                f"{what}: {path.name}: ids differ from token {place} on: rondo {names}, "
                f"tokenizers {theirs.tokens[place : place + 4]}"
            )
        tokens += len(ours)
    return tokens


def check_decoding(what, rondo, model, tokenizer, path, unknown, folder):
    """Without unknown tokens the text that Python decodes is Rondo's."""
    ids = [id for id in interop.encode(rondo, model, path) if id != unknown]
    listed = folder / "ids.json"
    listed.write_text(str(ids))
    ours = interop.run_bytes(rondo, "tokenize", "decode", model, listed)
    if tokenizer.decode(ids).encode("utf-8") != ours:
        raise interop.CheckFailed(f"{what}: {path.name}: the ids decode to another text")


def check_kind(rondo, kind, form, paths, folder):
    texts = [interop.text(path) for path in paths]
    seen = [path for number, path in enumerate(paths) if number % UNSEEN != UNSEEN - 1]
    what = f"{kind}, {form}"

    run, file = folder / f"{kind}-{form}", folder / f"{kind}-{form}.json"
    interop.run(
        rondo, "train", *seen, "--tokenizer", kind, "--normalization", form, "--out", run, "--layers", 1,
        "--hidden-size", 4, "--embedding-size", 4, "--batch-size", 2, "--window", 8, "--steps", 1, "--quiet",
    )  # fmt: skip
    interop.run(rondo, "export", run / "last.safetensors", "-o", file, "--format", "tokenizer")
    tokenizer = Tokenizer.from_file(str(file))
    tokens = check_ids(f"{what}, of Rondo", rondo, run, tokenizer, paths, texts)
    unknown = None if kind == "subword" else tokenizer.token_to_id("<unk>")
    check_decoding(f"{what}, of Rondo", rondo, run, tokenizer, paths[0], unknown, folder)
    print(f"{what}: Rondo's file in Python: {len(paths)} of {len(paths)} texts, {tokens} ids, the same")

    file = folder / f"python-{kind}-{form}.json"
    tokenizer = python_tokenizer(kind, form, [text for path, text in zip(paths, texts) if path in seen])
    tokenizer.save(str(file))
    tokens = check_ids(f"{what}, of Python", rondo, file, tokenizer, paths, texts)
    print(f"{what}: Python's file in Rondo: {len(paths)} of {len(paths)} texts, {tokens} ids, the same")


def check(rondo, paths):
    files = []
    for path in paths:
        files += sorted(path.rglob("*.txt")) if path.is_dir() else [path]
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("character", "whitespace", "subword"):
            for form in ("none", *FORMS):
                check_kind(rondo, kind, form, files, pathlib.Path(folder))


if __name__ == "__main__":
    interop.main(check, __doc__.splitlines()[0], texts=[CORPORA])
