#!/usr/bin/env python3
"""Trains an LSTM language model in plain PyTorch, as its users write it, and prints its speed as one JSON object.

It is the peer that compare.py sets against rondo: nn.Embedding, nn.LSTM, nn.Linear, cross_entropy,
clip_grad_norm_ and torch.optim, with the settings that make PyTorch fastest on a CPU (its oneDNN LSTM, the fused
optimizer, gradients set to None). IDS is a JSON array of token ids.
"""

import argparse
import json
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

UNTIMED_STEPS = 2  # the first steps allocate


class Model(nn.Module):
    def __init__(self, vocabulary_size, embedding_size, hidden_size, layers):
        super().__init__()
        self.encoder = nn.Embedding(vocabulary_size, embedding_size)
        self.rnn = nn.LSTM(embedding_size, hidden_size, layers)
        self.decoder = nn.Linear(hidden_size, vocabulary_size)

    def forward(self, ids, state):
        output, state = self.rnn(self.encoder(ids), state)
        return self.decoder(output), state


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids")
    parser.add_argument("--vocabulary-size", type=int, required=True)
    for name in ("layers", "hidden-size", "embedding-size", "batch-size", "window"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--optimizer", choices=("adamw", "sgd"), default="adamw")
    parser.add_argument("--threads", type=int, default=2)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int)
    length.add_argument("--seconds", type=float)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    with open(options.ids, encoding="utf-8") as file:
        ids = torch.tensor(json.load(file))
    rows = len(ids) // options.batch_size
    window = options.window
    if rows <= window:
        raise SystemExit(f"the text is too short: {len(ids)} tokens for {options.batch_size} streams of {window}")
    streams = ids[: rows * options.batch_size].view(options.batch_size, rows).t().contiguous()  # [rows, B]

    model = Model(options.vocabulary_size, options.embedding_size, options.hidden_size, options.layers)
    if options.optimizer == "adamw":
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, fused=True)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=True)

    state, position, step, loss = None, 0, 0, None
    started = process_started = time.perf_counter()
    while True:
        if position + window >= rows:
            state, position = None, 0
        inputs = streams[position : position + window]
        targets = streams[position + 1 : position + window + 1]
        if state is not None:
            state = tuple(part.detach() for part in state)
        optimizer.zero_grad(set_to_none=True)
        logits, state = model(inputs, state)
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        position += window
        step += 1
        now = time.perf_counter()
        if step == UNTIMED_STEPS:
            started = now
        if step > UNTIMED_STEPS and (
            step == options.steps or (options.seconds is not None and now - process_started >= options.seconds)
        ):
            break
    tokens = (step - UNTIMED_STEPS) * options.batch_size * window
    print(json.dumps({"step": step, "loss": loss.item(), "tokens_per_second": tokens / (now - started)}))


if __name__ == "__main__":
    main()
