"""What the checks share: the torch module that an exported model loads into, and calls of the program."""

import argparse
import json
import pathlib
import subprocess

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
CORPORA = pathlib.Path(__file__).resolve().parents[3] / "corpora"
# What a model is given that is trained for the sake of its tokenizer alone.
NO_MODEL = [
    *("--layers", 1, "--hidden-size", 4, "--embedding-size", 4, "--batch-size", 2, "--window", 8, "--steps", 1),
    "--quiet",
]  # fmt: skip


# PyTorch's module for each cell that it has.
CELLS = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn-tanh": nn.RNN,
    "rnn-relu": lambda *sizes: nn.RNN(*sizes, nonlinearity="relu"),
}


class Model(nn.Module):
    """The ten lines that the documentation prints, and what it says is to be added for a projection or an adaptive softmax."""

    def __init__(self, cell, vocabulary_size, embedding_size, hidden_size, layer_count, projection, cutoffs):
        super().__init__()
        self.encoder = nn.Embedding(vocabulary_size, embedding_size)
        self.rnn = CELLS[cell](embedding_size, hidden_size, layer_count)
        self.projection = nn.Linear(hidden_size, embedding_size, bias=False) if projection else nn.Identity()
        size = embedding_size if projection else hidden_size
        self.decoder = (
            nn.AdaptiveLogSoftmaxWithLoss(size, vocabulary_size, cutoffs, div_value=4, head_bias=True)
            if cutoffs
            else nn.Linear(size, vocabulary_size)
        )

    def forward(self, ids, state=None):  # ids [T, B]
        output, state = self.rnn(self.encoder(ids), state)
        output = self.projection(output)
        if isinstance(self.decoder, nn.AdaptiveLogSoftmaxWithLoss):
            return self.decoder.log_prob(output.flatten(0, 1)).view(*ids.shape, -1), state
        return self.decoder(output), state  # logits [T, B, V]


class CheckFailed(Exception):
    """A check found a difference, or could not be made."""


def arguments(description, texts):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rondo", required=True, help="the program to check")
    if texts:
        parser.add_argument(
            "texts", nargs="*", type=pathlib.Path, default=texts,
            help="the texts to check it with; of a folder those whose names end in .txt",
        )  # fmt: skip
    return parser.parse_args()


def files(paths):
    """The files that are meant by files and folders."""
    found = []
    for path in paths:
        found += sorted(path.rglob("*.txt")) if path.is_dir() else [path]
    if not found:
        raise CheckFailed("there is no text in " + ", ".join(map(str, paths)))
    return found


def run(*command):
    """Runs a command and gives its standard output; anything but exit status 0 fails the check."""
    return run_bytes(*command).decode("utf-8")


def run_bytes(*command):
    """The same, where the output may be any bytes."""
    command = [str(part) for part in command]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
    if done.returncode != 0:
        raise CheckFailed(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr.decode().strip()}")
    return done.stdout


def text(path):
    """The text of a file as Rondo reads it: without a byte-order mark."""
    return path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8")


def load(path, tied):
    """The torch model of an exported file, loaded with strict=True, and its tokenizer's JSON."""
    weights = load_file(path)
    with safe_open(path, framework="pt") as file:
        cutoffs = json.loads(file.metadata()["model"]).get("cutoffs", ())
    extra = sorted(name for name in weights if name.startswith(("optimizer.", "state.")))
    if extra:
        raise CheckFailed(f"an exported file holds what only resuming needs: {extra}")
    if tied:
        # Tied weights are stored once, under the encoder's name.
        if "decoder.weight" in weights:
            raise CheckFailed("a tied weight is stored twice")
        weights["decoder.weight"] = weights["encoder.weight"]
    vocabulary_size, embedding_size = weights["encoder.weight"].shape
    hidden_size = weights["rnn.weight_hh_l0"].shape[1]
    layer_count = sum(name.startswith("rnn.weight_hh_l") for name in weights)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tokenizer = json.loads(metadata["tokenizer"])
    cell = json.loads(metadata["model"])["cell"]
    has_projection = "projection.weight" in weights
    model = Model(cell, vocabulary_size, embedding_size, hidden_size, layer_count, has_projection, cutoffs)
    if tied:
        model.decoder.weight = model.encoder.weight
    model.load_state_dict(weights, strict=True)
    return model.eval(), tokenizer


def special_id(tokenizer, name):
    """The id of a special token: entries are in the order of their ids, `{"special": "<boundary>", …}`."""
    for id, entry in enumerate(tokenizer["vocabulary"]):
        if entry.get("special") == name:
            return id
    raise CheckFailed(f"the tokenizer has no {name}")


def encode(rondo, model, text):
    return json.loads(run(rondo, "tokenize", "encode", model, text))


def evaluate(rondo, model, text):
    """The summary of `rondo evaluate` and its list of {"id", "log_probability"}."""
    lines = [json.loads(line) for line in run(rondo, "evaluate", model, text, "--json", "--per-token").splitlines()]
    tokens = [line for line in lines if "log_probability" in line]
    summaries = [line for line in lines if "perplexity" in line]
    if len(summaries) != 1:
        raise CheckFailed(f"evaluate --json printed {len(summaries)} summaries, not 1")
    return summaries[0], tokens


@torch.no_grad()
def log_probabilities(model, inputs, targets, window):
    """torch's log-probability of each target, batch 1, the state carried from window to window."""
    state, parts = None, []
    for start in range(0, len(inputs), window):
        ids = torch.tensor(inputs[start : start + window]).unsqueeze(1)
        wanted = torch.tensor(targets[start : start + window]).unsqueeze(1)
        logits, state = model(ids, state)
        parts.append(logits[:, 0].double().log_softmax(-1).gather(1, wanted)[:, 0])
    return torch.cat(parts)


def compare(what, ours, theirs, tolerance):
    """Compares two numbers or lists; prints and gives the largest difference."""
    ours = torch.as_tensor(ours, dtype=torch.float64)
    theirs = torch.as_tensor(theirs, dtype=torch.float64)
    if ours.shape != theirs.shape or ours.numel() == 0:
        raise CheckFailed(f"{what}: {list(ours.shape)} values of rondo, {list(theirs.shape)} of torch")
    difference = (ours - theirs).abs().max().item()
    print(f"{what}: {ours.numel()} values, largest difference {difference:.2e} (allowed {tolerance:.0e})")
    if not difference <= tolerance:  # not: NaN is a failure
        raise CheckFailed(f"{what}: {difference:.2e} is more than {tolerance:.0e}")


def compare_relative(what, ours, theirs, tolerance):
    print(f"{what}: rondo {ours:.6f}, torch {theirs:.6f}")
    compare(f"{what}, relative", ours / theirs, 1.0, tolerance)


def main(check, description, texts=()):
    """Runs `check` with the program, and where a check has `texts`, with their files or those of the command line."""
    options = arguments(description, texts)
    try:
        check(str(pathlib.Path(options.rondo).resolve()), *([files(options.texts)] if texts else []))
    except CheckFailed as failure:
        raise SystemExit(f"{failure}")
