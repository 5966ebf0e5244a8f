#!/usr/bin/env python3
"""Trains a recurrent language model in plain PyTorch, as its users write it, and prints its speed as one JSON object.

nn.Embedding, nn.LSTM, nn.GRU or nn.RNN, nn.Linear and cross_entropy or nn.AdaptiveLogSoftmaxWithLoss, clip_grad_norm_
and torch.optim, with the settings that make PyTorch fastest on a CPU: its oneDNN kernels (the default), the fused
optimizer, gradients set to None. IDS is a .npy file of token ids.
"""

import argparse
import json
import time

import numpy
import torch
from torch import nn
from torch.nn.functional import cross_entropy


CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn-tanh": nn.RNN}


class Model(nn.Module):
    def __init__(self, cell, vocabulary_size, embedding_size, hidden_size, layers, dropout, cutoffs):
        super().__init__()
        self.encoder = nn.Embedding(vocabulary_size, embedding_size)
        self.rnn = CELLS[cell](embedding_size, hidden_size, layers, dropout=dropout)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        if cutoffs:
            self.decoder = nn.AdaptiveLogSoftmaxWithLoss(hidden_size, vocabulary_size, cutoffs, head_bias=True)
        else:
            self.decoder = nn.Linear(hidden_size, vocabulary_size)

    def forward(self, ids, state, targets):
        """The mean loss and the state after the window."""
        output, state = self.rnn(self.encoder(ids), state)
        output = self.dropout(output).flatten(0, 1)
        if isinstance(self.decoder, nn.Linear):
            return cross_entropy(self.decoder(output), targets.flatten()), state
        return self.decoder(output, targets.flatten()).loss, state


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids")
    for name in ("vocabulary-size", "layers", "hidden-size", "embedding-size", "batch-size", "window"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--cell", choices=tuple(CELLS), default="lstm")
    parser.add_argument("--dropout", type=float, default=0)
    parser.add_argument("--optimizer", choices=("adam", "sgd"), default="adam")
    parser.add_argument("--cutoffs", type=int, nargs="+", default=[], help="of an adaptive softmax")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--untimed", type=int, default=2, help="first steps, which allocate")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, help="steps to time")
    length.add_argument("--seconds", type=float)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    ids = torch.from_numpy(numpy.load(options.ids))
    rows = len(ids) // options.batch_size
    window = options.window
    if rows <= window:
        raise SystemExit(f"the text is too short: {len(ids)} tokens for {options.batch_size} streams of {window}")
    streams = ids[: rows * options.batch_size].view(options.batch_size, rows).t().contiguous()  # [rows, B]

    model = Model(
        options.cell, options.vocabulary_size, options.embedding_size, options.hidden_size, options.layers,
        options.dropout, options.cutoffs,
    )
    if options.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=True)

    state, position, timed = None, 0, -options.untimed
    while True:
        if timed == 0:
            started = time.perf_counter()
        if position + window >= rows:
            state, position = None, 0
        inputs = streams[position : position + window]
        targets = streams[position + 1 : position + window + 1]
        if state is not None:
            state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        optimizer.zero_grad(set_to_none=True)
        loss, state = model(inputs, state, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        position += window
        timed += 1
        if timed > 0:
            seconds = time.perf_counter() - started
            if timed == options.steps or (options.seconds is not None and seconds >= options.seconds):
                break
    tokens = timed * options.batch_size * window
    print(json.dumps({"steps": timed, "loss": loss.item(), "tokens_per_second": tokens / seconds}))


if __name__ == "__main__":
    main()
