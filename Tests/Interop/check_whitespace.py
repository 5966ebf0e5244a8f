#!/usr/bin/env python3
"""A word model on a pre-tokenized corpus has the perplexity that torch finds, by the rules of the PTB papers.

Run by `make interop`, or alone: check_whitespace.py --rondo PATH. It relies on what check_export.py lists, and on
`rondo train --tokenizer whitespace`: each newline is `<eos>`, the literal `<unk>` is a word like any other and
there is no boundary token. The first token is input only, so a file of N tokens has N - 1 predictions, and the
state is carried over the whole file. (Mikolov et al. 2010; Zaremba et al. 2014, arXiv:1409.2329.)
"""

import math
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import interop


def words(text):
    return [word for line in text.splitlines() for word in [*line.split(), "<eos>"]]


def check(rondo):
    text = interop.FIXTURES / "whitespace.txt"
    expected_words = words(text.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        run, exported = pathlib.Path(folder) / "run", pathlib.Path(folder) / "model.safetensors"
        interop.run(
            rondo, "train", text, "--tokenizer", "whitespace", "--out", run, "--layers", 2,
            "--hidden-size", 48, "--embedding-size", 24, "--batch-size", 4, "--window", 16, "--steps", 30,
            "--seed", 1, "--quiet",
        )  # fmt: skip
        interop.run(rondo, "export", run, "-o", exported, "--dtype", "f32")
        model, tokenizer = interop.load(exported, tied=False)

        vocabulary = [entry.get("special", entry.get("text")) for entry in tokenizer["vocabulary"]]
        if sorted(vocabulary) != sorted(set(expected_words)):
            odd = sorted(set(vocabulary) ^ set(expected_words))
            raise interop.CheckFailed(f"the vocabulary is not that of the file; they differ in {odd[:10]}")
        ids = interop.encode(rondo, run, text)
        if [vocabulary[id] for id in ids] != expected_words:
            raise interop.CheckFailed("the tokens are not the words of the file with <eos> for each newline")
        print(f"whitespace: {len(ids)} tokens, {len(vocabulary)} words, the same in Python")

        summary, tokens = interop.evaluate(rondo, run, text)
        if (summary["tokens"], summary["predictions"]) != (len(ids), len(ids) - 1):
            raise interop.CheckFailed(f"{len(ids)} tokens have {len(ids) - 1} predictions, evaluate says {summary}")
        if [token["id"] for token in tokens] != ids[1:]:
            raise interop.CheckFailed("evaluate --per-token names other ids than tokenize encode")

    expected = interop.log_probabilities(model, ids[:-1], ids[1:], window=35)
    ours = [token["log_probability"] for token in tokens]
    interop.compare("whitespace: log-probability of each token", ours, expected, 1e-4)
    perplexity = math.exp(-expected.mean().item())
    interop.compare_relative("whitespace: perplexity", summary["perplexity"], perplexity, 1e-4)


if __name__ == "__main__":
    interop.main(check, __doc__.splitlines()[0])
