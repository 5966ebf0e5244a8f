#!/usr/bin/env python3
"""Trains a stacked LSTM in plain PyTorch with a published setting and prints its validations, a JSON object each.

The model of Zaremba, Sutskever & Vinyals 2014 (arXiv:1409.2329): nn.Embedding, nn.LSTM layers, nn.Linear, dropout at
all three places. TRAIN and VALID are .npy files of token ids. Streams lie side by side and windows follow each other
with the state carried on; a pass begins with a zero state. "seconds" counts training and validation from the first step.
"""

import argparse
import json
import math
import time

import numpy
import torch
from torch import nn
from torch.nn.functional import cross_entropy

VALIDATION_STREAMS = 64


class Model(nn.Module):
    def __init__(self, options):
        super().__init__()
        hidden, embedding = options.hidden_size, options.embedding_size or options.hidden_size
        self.encoder = nn.Embedding(options.vocabulary_size, embedding)
        self.rnn = nn.LSTM(embedding, hidden, options.layers, dropout=options.dropout)
        self.decoder = nn.Linear(hidden, options.vocabulary_size)
        self.into, self.out = nn.Dropout(options.dropout_input), nn.Dropout(options.dropout_output)
        if options.initial_range:
            for parameter in self.parameters():
                nn.init.uniform_(parameter, -options.initial_range, options.initial_range)

    def forward(self, ids, state, targets):
        """The mean loss and the state after the window. ids and targets are [T, B]."""
        output, state = self.rnn(self.into(self.encoder(ids)), state)
        logits = self.decoder(self.out(output).flatten(0, 1))
        return cross_entropy(logits, targets.flatten()), state


def streams(ids, count):
    """[rows, count], each column a part of the text."""
    rows = len(ids) // count
    return torch.from_numpy(ids[: rows * count]).view(count, rows).t().contiguous()


@torch.no_grad()
def validation_loss(model, ids, window=256):
    model.eval()
    total, state = 0.0, None
    for start in range(0, len(ids) - 1, window):
        end = min(start + window, len(ids) - 1)
        loss, state = model(ids[start:end], state, ids[start + 1 : end + 1])
        total += loss.item() * (end - start)
    model.train()
    return total / (len(ids) - 1)


def learning_rate(options, step, steps, epoch):
    """Of a step, which counts from 0; the warm-up is linear."""
    rate = options.learning_rate * min(1, (step + 1) / options.warmup if options.warmup else 1)
    if options.cosine:
        done = max(0, step + 1 - options.warmup) / max(1, steps - options.warmup)
        rate *= 0.5 * (1 + math.cos(math.pi * done))
    return rate * options.decay ** max(0, epoch + 1 - options.decay_after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("valid")
    for name in ("vocabulary-size", "layers", "hidden-size", "batch-size", "window"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--embedding-size", type=int, help="the hidden size if not given")
    for name in ("dropout-input", "dropout", "dropout-output"):
        parser.add_argument(f"--{name}", type=float, default=0)
    parser.add_argument("--optimizer", choices=("adam", "sgd"), required=True)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--warmup", type=int, default=0, help="steps")
    parser.add_argument("--cosine", action="store_true", help="down to 0 at the end")
    parser.add_argument("--decay", type=float, default=1, help="factor for each epoch after --decay-after")
    parser.add_argument("--decay-after", type=int, default=0, help="epochs at the full rate")
    parser.add_argument("--loss", choices=("mean", "sum"), default="mean", help="over time")
    parser.add_argument("--clip", type=float, required=True, help="norm of the gradient")
    parser.add_argument("--initial-range", type=float, default=0, help="PyTorch's own first parameters if 0")
    parser.add_argument("--validate-every", type=int, default=0, help="steps; 0: at the end of each epoch")
    parser.add_argument("--until", type=float, default=0, help="end when validation is as good as this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int)
    length.add_argument("--epochs", type=int)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    train = streams(numpy.load(options.train), options.batch_size)
    valid = streams(numpy.load(options.valid), VALIDATION_STREAMS)
    windows = -(-(len(train) - 1) // options.window)
    steps = options.steps or options.epochs * windows
    model = Model(options)
    if options.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate, fused=True)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=options.learning_rate, fused=True)

    state, started = None, time.perf_counter()
    for step in range(steps):
        epoch, index = divmod(step, windows)
        if index == 0:
            state = None
        start = index * options.window
        end = min(start + options.window, len(train) - 1)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(options, step, steps, epoch)
        if state is not None:
            state = tuple(part.detach() for part in state)
        optimizer.zero_grad(set_to_none=True)
        loss, state = model(train[start:end], state, train[start + 1 : end + 1])
        (loss * (end - start) if options.loss == "sum" else loss).backward()
        nn.utils.clip_grad_norm_(model.parameters(), options.clip)
        optimizer.step()
        due = (step + 1) % options.validate_every == 0 if options.validate_every else index + 1 == windows
        if due or step + 1 == steps:
            found = validation_loss(model, valid)
            line = {"step": step + 1, "epochs": (step + 1) / windows, "validation_loss": found}
            print(json.dumps({**line, "seconds": time.perf_counter() - started}), flush=True)
            if found <= options.until:
                break


if __name__ == "__main__":
    main()
