"""Rows a to i: whole training steps against PyTorch's, i's adaptive softmax against the full one, other cells against the
LSTM, the memory of a."""

import dataclasses
import json
import shutil
import struct
import sys

import numpy

import corpora
from measure import HERE, Failed, Row, peak_memory, run, run_json, tokens_per_second

UNTIMED_STEPS = 2  # the first allocate
LEAST_STEPS = 3

NOTATION = "training: V vocabulary, E embedding (else as hidden), layers x hidden, batch x window; Adam (else SGD)"
CUTOFFS = (2_000, 10_000)  # of i's adaptive softmax
PEAK_SHARE = 0.75  # of a
GATES = {"lstm": 4, "peephole": 4, "mogrifier": 4, "gru": 3, "rnn-tanh": 1}
MOGRIFIER_ROUNDS = 5


@dataclasses.dataclass(frozen=True)
class Shape:
    text: str
    vocabulary: int
    embedding: int
    layers: int
    hidden: int
    batch: int
    window: int
    optimizer: str
    dropout: float
    target: str
    cell: str = "lstm"
    cutoffs: tuple = ()
    layer_norm: bool = False

    def work(self):
        """What NOTATION explains."""
        if self.layer_norm:
            return "a, layer norm"
        if self.cell != "lstm":
            return f"a, {self.cell}"
        embedding = f" E={self.embedding}" if self.embedding != self.hidden else ""
        optimizer = "" if self.optimizer == "Adam" else f" {self.optimizer}"
        adaptive = " adaptive" if self.cutoffs else ""
        sizes = f"V={self.vocabulary}{embedding} {self.layers}x{self.hidden} {self.batch}x{self.window}{optimizer}{adaptive}"
        return f"a, dropout {self.dropout}" if self.dropout else sizes

    def operations_per_token(self):
        """FLOPs that rondo's matrix products execute in a training step, for each of its T·B tokens.

        A product of [m, k] and [k, n] is 2 m k n. Each weight is in three: forward, the gradient of its input, its
        own gradient. All T·B rows take part, with two exceptions. Where V < T·B, layer 0 multiplies its input weight
        with the V rows of the encoder instead of the T·B rows of the input, in all three products; not so that of a
        Mogrifier, whose rounds are products of the input's and the hidden size. On the way back, the recurrent
        product is not needed for the last step. What is added to fill vectors of 16 is not counted, nor is anything
        that is not a product. Those of an adaptive softmax depend on the text; None then.
        """
        if self.cutoffs:
            return None
        rows, gates = self.window * self.batch, GATES[self.cell] * self.hidden
        is_mogrifier = self.cell == "mogrifier"
        first = self.vocabulary if self.vocabulary < rows and not is_mogrifier else rows
        inputs = 3 * 2 * gates * (first * self.embedding + (self.layers - 1) * rows * self.hidden)
        if is_mogrifier:
            entering = self.embedding + (self.layers - 1) * self.hidden
            inputs += 3 * 2 * MOGRIFIER_ROUNDS * rows * entering * self.hidden
        recurrent = 2 * gates * self.hidden * self.layers * (3 * rows - self.batch)
        decoder = 3 * 2 * rows * self.hidden * self.vocabulary
        return (inputs + recurrent + decoder) / rows


SHAPES = {
    "a": Shape("characters", 65, 128, 2, 512, 64, 64, "Adam", 0, "≥ 1.5"),
    "b": Shape("characters", 65, 65, 2, 128, 50, 50, "Adam", 0, "≥ 1.75"),
    "c": Shape("characters", 65, 128, 3, 1024, 64, 64, "Adam", 0, "≥ 1.25"),
    "d": Shape("words", 10_000, 200, 2, 200, 20, 20, "SGD", 0, "≥ 1.4"),
    "e": Shape("words", 10_000, 650, 2, 650, 20, 35, "SGD", 0, "≥ 1.45"),
    "f": Shape("Chinese", 6_700, 256, 2, 512, 32, 64, "Adam", 0, "≥ 1.4"),
    "g": Shape("characters", 65, 128, 2, 512, 64, 64, "Adam", 0.3, "≥ 1.5"),
    "i": Shape("many words", 40_000, 400, 2, 400, 20, 35, "Adam", 0, "> 1", cutoffs=CUTOFFS),
}
# Row h.
CELLS = [dataclasses.replace(SHAPES["a"], target="≥ 1.3", cell=cell) for cell in ("gru", "rnn-tanh")]
# Rows cells.
VARIANTS = [
    *(dataclasses.replace(SHAPES["a"], target="≥ 0.8", cell=cell) for cell in ("gru", "rnn-tanh", "peephole")),
    dataclasses.replace(SHAPES["a"], target="", cell="mogrifier"),
    dataclasses.replace(SHAPES["a"], target="", layer_norm=True),
]


class Training:
    """One shape on a number of threads, with the same ids for both sides."""

    def __init__(self, shape, threads, settings):
        self.shape, self.threads, self.settings = shape, threads, settings
        self.corpus = corpora.path(shape.text, settings)
        self.runs = 0
        self.ids = None
        self.steps = LEAST_STEPS

    def rondo_command(self, steps):
        shape = self.shape
        self.runs += 1
        adam = ["--optimizer", "adamw", "--learning-rate", 0.001]  # without decay AdamW is Adam
        sgd = ["--optimizer", "sgd", "--learning-rate", 0.1, "--momentum", 0]
        softmax = ["--cutoffs", ",".join(map(str, shape.cutoffs))] if shape.cutoffs else ["--softmax", "full"]
        return [
            self.settings.rondo, "train", self.corpus,
            "--tokenizer", "whitespace" if shape.text.endswith("words") else "character", *softmax,
            "--vocabulary-size", shape.vocabulary, "--cell", shape.cell, "--layers", shape.layers,
            "--hidden-size", shape.hidden, "--embedding-size", shape.embedding, "--batch-size", shape.batch,
            "--window", shape.window, "--dropout", shape.dropout, "--dropout-output", shape.dropout,
            *(["--layer-norm"] if shape.layer_norm else []), *(adam if shape.optimizer == "Adam" else sgd),
            "--weight-decay", 0, "--clip", 1,
            "--schedule", "constant", "--seed", 1, "--validation-fraction", 0, "--validate-every", 0,
            "--sample-every", 0, "--steps", steps, "--threads", self.threads, "--out", self.out(), "--json", "--quiet",
        ]  # fmt: skip

    def out(self):
        return self.settings.folder / f"run-{id(self)}-{self.runs}"

    def peer_command(self, *length):
        shape = self.shape
        return [
            sys.executable, HERE / "peers" / "torch_train.py", self.ids, "--vocabulary-size", shape.vocabulary,
            "--cell", shape.cell, "--layers", shape.layers, "--hidden-size", shape.hidden,
            "--embedding-size", shape.embedding, "--batch-size", shape.batch, "--window", shape.window,
            "--dropout", shape.dropout, "--optimizer", shape.optimizer.lower(), "--threads", self.threads,
            "--untimed", UNTIMED_STEPS, *(["--cutoffs", *shape.cutoffs] if shape.cutoffs else []), *length,
        ]  # fmt: skip

    def prepare(self):
        """A short run of rondo gives the ids, and one of the peer the number of steps."""
        run(self.rondo_command(1))
        model = self.out() / "last.safetensors"
        with open(model, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        vocabulary = header["encoder.weight"]["shape"][0]
        if vocabulary != self.shape.vocabulary:
            raise Failed(f"{self.corpus} has {vocabulary} entries, not {self.shape.vocabulary}")
        ids = json.loads(run([self.settings.rondo, "tokenize", "encode", model, self.corpus]).splitlines()[0])
        self.ids = self.settings.folder / f"ids-{id(self)}.npy"
        numpy.save(self.ids, numpy.array(ids, dtype=numpy.int64))
        self.remove_run()
        self.steps = max(LEAST_STEPS, run_json(self.peer_command("--seconds", self.settings.seconds))["steps"])

    def rondo(self):
        """Tokens a second after the first steps."""
        # Twice as many as the peer's: it is faster, and its first half second, up to the first line, is not counted.
        command = self.rondo_command(UNTIMED_STEPS + 2 * self.steps)
        try:
            return tokens_per_second(command, self.shape.batch * self.shape.window, UNTIMED_STEPS)
        finally:
            self.remove_run()

    def remove_run(self):
        shutil.rmtree(self.out(), ignore_errors=True)

    def peer(self):
        return run_json(self.peer_command("--steps", self.steps))["tokens_per_second"]

    def row(self, key, work, target):
        return Row(
            key, work, "tokens/s", target, self.rondo, self.peer, "PyTorch",
            operations=self.shape.operations_per_token(), threads=self.threads,
        )  # fmt: skip


def training_row(key, settings, shape=None):
    shape = shape or SHAPES[key]
    training = Training(shape, settings.threads, settings)
    training.prepare()
    return training.row(key, shape.work(), shape.target)


def cell_rows(settings):
    return [training_row("h", settings, shape) for shape in CELLS]


def variant_rows(settings):
    """Other cells and a normalized LSTM beside the plain one, in what their products execute a second."""
    plain = Training(SHAPES["a"], settings.threads, settings)
    plain.prepare()

    def side(training):
        training.steps = plain.steps
        return lambda: training.rondo() * training.shape.operations_per_token() / 1e9

    return [
        Row(
            "cells", shape.work(), "GFLOP/s", shape.target, side(Training(shape, settings.threads, settings)),
            side(plain), "its LSTM", operations=1e9, threads=settings.threads,
        )
        for shape in VARIANTS
    ]  # fmt: skip


def softmax_row(settings):
    """The adaptive softmax of i and the full one, both of rondo."""
    shape = SHAPES["i"]
    adaptive = Training(shape, settings.threads, settings)
    full = Training(dataclasses.replace(shape, cutoffs=()), settings.threads, settings)
    adaptive.prepare()
    full.steps = max(LEAST_STEPS, adaptive.steps // 4)
    return Row(
        "i-full", shape.work(), "tokens/s", "≥ 4", adaptive.rondo, full.rondo, "its full softmax",
        threads=settings.threads,
    )  # fmt: skip


def one_thread_row(settings):
    training = Training(SHAPES["a"], 1, settings)
    training.prepare()
    return training.row("a1", "a with one thread", "> 1")


def memory_row(settings):
    training = Training(SHAPES["a"], settings.threads, settings)
    training.prepare()

    def rondo():
        most = peak_memory(training.rondo_command(UNTIMED_STEPS + LEAST_STEPS))
        training.remove_run()
        return most / 1e6

    def peer():
        return peak_memory(training.peer_command("--steps", LEAST_STEPS)) / 1e6

    return Row("memory", "peak memory of a", "MB", "≤ 0.33", rondo, peer, "PyTorch", most_rounds=1)
