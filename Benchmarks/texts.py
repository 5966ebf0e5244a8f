"""Encoding texts and building vocabularies, beside the Python package `tokenizers`."""

import sys

import corpora
from measure import HERE, Row, run_json

# text, tokenizer, target in MB/s or in times what the package does
TEXTS = {
    "english": ("English", "character", 300),
    "chinese": ("Chinese", "character", 60),
    "hindi": ("Hindi", "character", 60),
    "words": ("words", "whitespace", 100),
    "subwords": ("English", "subword", "5 times"),
}


def text_rows(name, settings):
    text, tokenizer, target = TEXTS[name]
    ours = corpora.repeated(text, settings.megabytes, settings)
    part = corpora.repeated(text, max(1, settings.megabytes // 20), settings)
    options = ["--tokenizer", tokenizer, "--threads", settings.threads]

    def row(work):
        def rondo():
            return run_json([settings.text_program, work, ours, *options])["megabytes_per_second"]

        # Merges are learned once, however long the text is, so they count for less in a long one.
        theirs = ours if (tokenizer, work) == ("subword", "vocabulary") else part

        def peer():
            command = [sys.executable, HERE / "peers" / "tokenizers_text.py", work, theirs, *options]
            return run_json(command)["megabytes_per_second"]

        return Row(
            name, f"{work} by {tokenizer}", "MB/s", f"≥ {target}", rondo, peer, "tokenizers", most_rounds=5,
        )  # fmt: skip

    return [row("encode"), row("vocabulary")]
