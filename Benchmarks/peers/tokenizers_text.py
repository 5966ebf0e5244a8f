#!/usr/bin/env python3
"""Encodes a text, or builds its vocabulary, with the package `tokenizers`; prints megabytes a second as JSON.

At its best: encode_batch_fast over pieces of the text on all threads, which keeps no offsets; training from files.
Characters (code points: the package has no grapheme clusters) are byte-pair encoding without a single pair, over pieces
of 512, which is several times as fast as splitting by a pattern; for the vocabulary the faster of the two ways counts.
Words are a WordLevel model after a split at white space. Subwords are byte-pair encoding after GPT-2's split, 4096
entries as Rondo's, over pieces of 2048, which is faster than shorter and longer ones.
"""

import argparse
import json
import os
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=("encode", "vocabulary"))
    parser.add_argument("text")
    parser.add_argument("--tokenizer", choices=("character", "whitespace", "subword"), default="character")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    # Read when the package is loaded.
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "true"

    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    def word_level(split):
        tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
        tokenizer.pre_tokenizer = split
        special = ["<unk>"]
        return tokenizer, trainers.WordLevelTrainer(special_tokens=special, vocab_size=100_000, show_progress=False)

    if options.tokenizer == "character":
        alphabet_alone = Tokenizer(models.BPE()), trainers.BpeTrainer(vocab_size=0, show_progress=False)
        ways = [alphabet_alone]
        if options.work == "vocabulary":
            ways.append(word_level(pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")))
        for tokenizer, _ in ways:
            tokenizer.normalizer = normalizers.NFC()
    elif options.tokenizer == "whitespace":
        ways = [word_level(pre_tokenizers.WhitespaceSplit())]
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        tokenizer.normalizer = normalizers.NFC()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=4096, min_frequency=2, initial_alphabet=alphabet, special_tokens=["<boundary>"],
            show_progress=False,
        )  # fmt: skip
        ways = [(tokenizer, trainer)]

    times = []
    for tokenizer, trainer in ways:
        start = time.perf_counter()
        tokenizer.train([options.text], trainer)
        times.append(time.perf_counter() - start)
    passed, tokenizer = min(times), ways[0][0]
    size = os.path.getsize(options.text)
    if options.work == "encode":
        with open(options.text, encoding="utf-8", newline="") as file:
            text = file.read()
        length = 2048 if options.tokenizer == "subword" else 512
        pieces = [text[at : at + length] for at in range(0, len(text), length)]
        start = time.perf_counter()
        encoded = tokenizer.encode_batch_fast(pieces, add_special_tokens=False)
        passed = time.perf_counter() - start
        if not encoded[0].ids:
            raise SystemExit("nothing was encoded")
    print(json.dumps({"megabytes_per_second": size / 1e6 / passed}))


if __name__ == "__main__":
    main()
