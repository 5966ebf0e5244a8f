"""The texts to measure with: those of the repository, and made-up ones of the right statistics, always the same.

Words and characters are drawn by Zipf's law, so that a vocabulary fills as one of a real text does. With a folder of
real texts (--corpora), those that are there are taken: tang-poems.txt, brown/train.txt, udhr/hin.txt.
"""

import numpy

from measure import REPOSITORY, Failed

SEED = 3
REAL = {
    "Chinese": "tang-poems.txt",
    "words": "brown/train.txt",
    "many words": "brown/train.txt",
    "Hindi": "udhr/hin.txt",
    "plays": "tinyshakespeare.txt",
}
OWN = {"characters": "fables.txt", "English": "fables.txt", "plays": "fables.txt"}


def path(name, settings):
    """A file of some hundred thousand bytes or more."""
    if settings.corpora and name in REAL and (settings.corpora / REAL[name]).is_file():
        return settings.corpora / REAL[name]
    if name in OWN:
        return REPOSITORY / "corpora" / OWN[name]
    made = settings.folder / f"{name}.txt"
    if not made.exists():
        made.write_text(MADE[name](numpy.random.default_rng(SEED)), encoding="utf-8")
    return made


def repeated(name, megabytes, settings):
    """A file of so many megabytes: the text over and over. Its beginning has every entry of the vocabulary."""
    made = settings.folder / f"{name}-{megabytes}.txt"
    if not made.exists():
        text = path(name, settings).read_bytes()
        if not text:
            raise Failed(f"{path(name, settings)} is empty")
        with open(made, "wb") as file:
            for _ in range(-(-1_000_000 * megabytes // len(text))):
                file.write(text)
    return made


def zipf(count, size, generator):
    """`size` numbers below `count`, the n-th as likely as 1/n; each is drawn once at least."""
    weights = 1 / numpy.arange(1, count + 1)
    drawn = generator.choice(count, size=size, p=weights / weights.sum())
    drawn[generator.permutation(size)[:count]] = numpy.arange(count)
    return drawn


def made_words(generator, count=20_000, size=1_000_000):
    """Lines of 20 words of a to z, the commoner ones shorter."""
    letters = numpy.array(list("etaoinshrdlcumwfgypbvkjxqz"))
    words, seen = [], set()
    while len(words) < count:
        length = 1 + int(numpy.log2(len(words) + 2) / 2 + generator.integers(0, 4))
        word = "".join(letters[(26 * generator.random(length) ** 2).astype(int)])
        if word not in seen:
            seen.add(word)
            words.append(word)
    drawn = zipf(count, size, generator)
    return "\n".join(" ".join(words[i] for i in drawn[at : at + 20]) for at in range(0, size, 20)) + "\n"


def made_chinese(generator, count=6_800, size=1_500_000):
    """Lines of 5 + 5 characters of the block of common ideographs."""
    characters = numpy.array([chr(0x4E00 + i) for i in generator.permutation(20_000)[:count]])
    text = "".join(characters[zipf(count, size, generator)])
    return "".join(f"{text[at : at + 5]}，{text[at + 5 : at + 10]}。\n" for at in range(0, size, 10))


def made_hindi(generator, count=600, size=150_000):
    """Words of syllables in Devanagari: a consonant, seldom two with a virama, and mostly a vowel sign."""
    consonants = [chr(c) for c in range(0x0915, 0x093A) if c not in (0x0929, 0x0931, 0x0934)]
    signs = ["", "\u093e", "\u093f", "\u0940", "\u0941", "\u0942", "\u0947", "\u0948", "\u094b", "\u0902"]
    syllables = []
    for _ in range(count):
        joined = generator.choice(consonants) + "\u094d" if generator.random() < 0.15 else ""
        syllables.append(joined + generator.choice(consonants) + generator.choice(signs))
    drawn, lengths = zipf(count, size, generator), generator.integers(1, 5, size=size)
    words, at = [], 0
    for length in lengths:
        if at >= size:
            break
        words.append("".join(syllables[i] for i in drawn[at : at + length]))
        at += length
    return "\n".join(" ".join(words[i : i + 12]) + " ।" for i in range(0, len(words), 12)) + "\n"


def made_many_words(generator):
    return made_words(generator, count=41_000)


MADE = {"words": made_words, "many words": made_many_words, "Chinese": made_chinese, "Hindi": made_hindi}
