#!/usr/bin/env python3
"""Encodes a text, or builds its vocabulary, with the package `tokenizers`; prints megabytes a second as JSON.

At its best: encode_batch_fast over pieces of the text on all threads, which keeps no offsets; training from files.
Characters are a WordLevel model behind a split into single ones (code points: it has no grapheme clusters), words one
behind a split at white space.
"""

import argparse
import json
import os
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=("encode", "vocabulary"))
    parser.add_argument("text")
    parser.add_argument("--tokenizer", choices=("character", "whitespace"), default="character")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    # Read when the package is loaded.
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "true"

    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    if options.tokenizer == "character":
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>"], vocab_size=100_000, show_progress=False)

    start = time.perf_counter()
    tokenizer.train([options.text], trainer)
    passed = time.perf_counter() - start
    size = os.path.getsize(options.text)
    if options.work == "encode":
        with open(options.text, encoding="utf-8", newline="") as file:
            text = file.read()
        pieces = [text[at : at + 4096] for at in range(0, len(text), 4096)]
        start = time.perf_counter()
        encoded = tokenizer.encode_batch_fast(pieces, add_special_tokens=False)
        passed = time.perf_counter() - start
        if not encoded[0].ids:
            raise SystemExit("nothing was encoded")
    print(json.dumps({"megabytes_per_second": size / 1e6 / passed}))


if __name__ == "__main__":
    main()
