#!/usr/bin/env python3
"""An exported character model gives torch the log-probabilities that rondo gives, token by token.

Run by `make interop`, or alone: check_export.py --rondo PATH. What it relies on:

    rondo train FILE --out DIR …             a run folder; MODEL below is that folder
    rondo export MODEL -o OUT --dtype f32    loads into the torch module with strict=True; tied weights once,
                                             as encoder.weight; metadata "tokenizer" is JSON whose "vocabulary"
                                             lists the entries by id, {"special": "<boundary>"} among them
    rondo tokenize encode MODEL FILE         a JSON array of token ids, one line
    rondo evaluate MODEL FILE --json         one JSON object a line: tokens, predictions, nats, nats_per_token,
                                             perplexity, bits_per_byte, bits_per_character, unknown_rate
      --per-token                            and a line {"id": …, "log_probability": …} for each prediction

A character model is fed the boundary token first and predicts every token of the file.
"""

import math
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import interop

SUMMARY = {
    "tokens", "predictions", "nats", "nats_per_token", "perplexity", "bits_per_byte", "bits_per_character",
    "unknown_rate",
}  # fmt: skip


def check_model(rondo, folder, text, name, cell="lstm"):
    tied = name in ("tied", "projection")
    run, exported = folder / name, folder / f"{name}.safetensors"
    # Tied weights of another length than the hidden state's are joined to it by a projection.
    sizes = ["--embedding-size", 48 if name == "tied" else 24, *(["--tied"] if tied else [])]
    if name == "adaptive":
        sizes += ["--cutoffs", "10,20"]
    interop.run(
        rondo, "train", text, "--out", run, "--cell", cell, "--layers", 2, "--hidden-size", 48, *sizes,
        "--batch-size", 4, "--window", 16, "--steps", 30, "--seed", 1, "--quiet",
    )  # fmt: skip
    interop.run(rondo, "export", run, "-o", exported, "--dtype", "f32")
    model, tokenizer = interop.load(exported, tied)

    ids = interop.encode(rondo, run, text)
    summary, tokens = interop.evaluate(rondo, run, text)
    missing = SUMMARY - set(summary)
    if missing:
        raise interop.CheckFailed(f"evaluate --json leaves out {sorted(missing)}")
    if [token["id"] for token in tokens] != ids:
        raise interop.CheckFailed("evaluate --per-token names other ids than tokenize encode")
    if (summary["tokens"], summary["predictions"]) != (len(ids), len(ids)):
        raise interop.CheckFailed(f"{len(ids)} tokens are to be predicted, evaluate says {summary}")

    inputs = [interop.special_id(tokenizer, "<boundary>"), *ids[:-1]]
    expected = interop.log_probabilities(model, inputs, ids, window=1000)
    ours = [token["log_probability"] for token in tokens]
    interop.compare(f"{name}: log-probability of each token", ours, expected, 1e-4)
    nats = -expected.sum().item()
    interop.compare(f"{name}: nats per token", summary["nats_per_token"], nats / len(ids), 1e-4)
    interop.compare_relative(f"{name}: perplexity", summary["perplexity"], math.exp(nats / len(ids)), 1e-4)
    # The fixture is in normalization form C, so its bytes are the normalized bytes.
    bits = nats / math.log(2) / len(text.read_bytes())
    interop.compare(f"{name}: bits per byte", summary["bits_per_byte"], bits, 1e-4)

    # The same weights from the exported file, read by rondo itself.
    again, _ = interop.evaluate(rondo, exported, text)
    interop.compare(f"{name}: nats, from the exported file", again["nats"], summary["nats"], 1e-9)


def check(rondo):
    text = interop.FIXTURES / "whitespace.txt"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("untied", "tied", "projection", "adaptive"):
            check_model(rondo, pathlib.Path(folder), text, name)
        for cell in interop.CELLS:
            if cell != "lstm":
                check_model(rondo, pathlib.Path(folder), text, cell, cell)


if __name__ == "__main__":
    interop.main(check, __doc__.splitlines()[0])
