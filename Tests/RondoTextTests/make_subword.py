#!/usr/bin/env python3
"""Writes subword.json: what the Python package `tokenizers` makes of a text and of pieces that are awkward to cut.

    "$(scripts/python-venv.sh tokenizers)" Tests/RondoTextTests/make_subword.py corpora

The text is the beginning of each of the repository's texts. The names of tokens are written as lists of bytes.
"""

import json
import pathlib
import sys

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

PIECES = [
    "", " ", "  ", "   a", "a   b  c d", "\n", "a\n\nb", "a \n b", "a\n b", "\t\tx", "x\t", " \u00a0 x\u00a0y", "\u3000x\u3000\u3000y",
    "\r\n\r\nx", "a\u0085b", "\u2028x", "\u200bx", "\u180ex", "\x1cx",
    "I'm you're he's we'll they've I'd don't", "'s's 'S 'LL 'l 'r 're've", "''s '' 'tis", "'", "x'", "x'l", "!'s", " 's", "1's2",
    "abc123def 45 6.7%", "½²Ⅷ४ x४", " \u0301a\u0301", "e\u0301te\u0301", "漢字かな、漢 字", "हिन्दी क्षत्रिय", "שָׁלוֹם", "🇩🇪 👩‍👩‍👧 x👍🏽", "\0a\0",
    "_a_b __c", "…«x»“y”", "aaaaaaaa", "abababab ababab", "\U0010ffff\U000e0001", "<boundary>",
]  # fmt: skip


def main():
    folder = pathlib.Path(sys.argv[1])
    text = "".join(path.read_text(encoding="utf-8")[:3000] for path in sorted(folder.glob("*.txt"))) + "\n".join(PIECES)
    tokenizer = Tokenizer(models.BPE())
    byte_level = tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    alphabet = sorted(byte_level.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=900, min_frequency=2, initial_alphabet=alphabet, special_tokens=[AddedToken("<boundary>")],
        show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator([text], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    # Without this the name in a text would be the token.
    tokenizer.encode_special_tokens = True

    # The stand-ins below U+0100 are the bytes of their numbers, the others the rest in order.
    rest = (byte for byte in range(256) if chr(byte) not in alphabet)
    bytes_of = {character: ord(character) if ord(character) < 256 else next(rest) for character in alphabet}
    names = sorted(model["vocab"], key=model["vocab"].get)
    golden = {
        "text": text,
        "tokens": [[bytes_of[character] for character in name] for name in names[1:]],
        "merges": [[model["vocab"][left], model["vocab"][right]] for left, right in model["merges"]],
        "ids": tokenizer.encode(text).ids,
        "pieces": [
            {
                "text": piece,
                "lengths": [len(bytes(bytes_of[c] for c in part)) for part, _ in byte_level.pre_tokenize_str(piece)],
                "ids": tokenizer.encode(piece).ids,
            }
            for piece in PIECES
        ],
    }
    path = pathlib.Path(__file__).resolve().parent / "Fixtures" / "subword.json"
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
