#!/usr/bin/env python3
"""Makes the golden files in Golden/ with PyTorch: `python make_golden.py` rewrites them all.

The modules are PyTorch's own (nn.Embedding, nn.LSTM, nn.GRU, nn.RNN, nn.Linear, nn.AdaptiveLogSoftmaxWithLoss,
cross_entropy, torch.optim, clip_grad_norm_) but for the layers that it does not have, which are written out below; the
gradients are autograd's. The parameters are float32 numbers; the computing is done in float64, so that the files hold the right numbers
to 9 digits and their own rounding takes nothing of a test's tolerance. GoldenCase.swift says what each field means.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn.functional import cross_entropy

FOLDER = pathlib.Path(__file__).resolve().parent / "Golden"


class WrittenOut(nn.Module):
    """Layers that PyTorch has no module for, a step after the other.

    Peepholes: Gers & Schmidhuber 2000, doi:10.1109/IJCNN.2000.861302: i and f see the old cell state, o the new one.
    Mogrifier: Melis et al. 2020, arXiv:1909.01792. Layer normalization: Ba et al. 2016, arXiv:1607.06450, over all gates
    at once. Residual: a layer above the first adds its output to that of the layer below, without its mask.
    """

    def __init__(
        self, input_size, hidden_sizes, cell="lstm", layer_norm=False, residual=False, rounds=0, rank=None
    ):
        super().__init__()
        self.hidden_sizes, self.cell, self.residual = hidden_sizes, cell, residual
        self.rounds, self.layer_norm = rounds, layer_norm
        gates = {"gru": 3, "rnn-tanh": 1, "rnn-relu": 1}.get(cell, 4)
        for layer, size in enumerate(hidden_sizes):
            shapes = {
                "weight_ih": (gates * size, input_size),
                "weight_hh": (gates * size, size),
                "bias_ih": (gates * size,),
                "bias_hh": (gates * size,),
            }
            if cell == "peephole":
                shapes["weight_peephole"] = (3, size)
            if layer_norm:
                shapes |= {"norm_ih_weight": (gates * size,), "norm_hh_weight": (gates * size,)}
                if gates == 4:
                    shapes |= {"norm_cell_weight": (size,), "norm_cell_bias": (size,)}
            for i in range(1, rounds + 1):
                gated, by = (input_size, size) if i % 2 else (size, input_size)
                name = f"mogrifier_{'q' if i % 2 else 'r'}{i}"
                shapes |= {f"{name}_left": (gated, rank), f"{name}_right": (rank, by)} if rank else {name: (gated, by)}
            for name, shape in shapes.items():
                values = torch.empty(shape).uniform_(-(size**-0.5), size**-0.5)
                self.register_parameter(f"{name}_l{layer}", nn.Parameter(values))
            input_size = size

    def mogrify(self, layer, x, h):
        p = dict(self.named_parameters())
        for i in range(1, self.rounds + 1):
            name = f"mogrifier_{'q' if i % 2 else 'r'}{i}"
            if f"{name}_l{layer}" in p:
                weight = p[f"{name}_l{layer}"]
            else:
                weight = p[f"{name}_left_l{layer}"] @ p[f"{name}_right_l{layer}"]
            if i % 2:
                x = 2 * torch.sigmoid(h @ weight.T) * x
            else:
                h = 2 * torch.sigmoid(x @ weight.T) * h
        return x, h

    def step(self, layer, x, h, c):
        p = {name.removesuffix(f"_l{layer}"): value for name, value in self.named_parameters() if name.endswith(f"_l{layer}")}

        def norm(name, values, bias):
            return nn.functional.layer_norm(values, values.shape[-1:], p[f"norm_{name}_weight"], bias)

        before = h
        x, h = self.mogrify(layer, x, h)
        a, u = x @ p["weight_ih"].T, h @ p["weight_hh"].T
        if self.layer_norm:
            a, u = norm("ih", a, p["bias_ih"]), norm("hh", u, p["bias_hh"])
        else:
            a, u = a + p["bias_ih"], u + p["bias_hh"]
        if self.cell in ("rnn-tanh", "rnn-relu"):
            return (torch.tanh if self.cell == "rnn-tanh" else torch.relu)(a + u), c
        if self.cell == "gru":
            (a_r, a_z, a_n), (u_r, u_z, u_n) = a.chunk(3, dim=-1), u.chunk(3, dim=-1)
            z = torch.sigmoid(a_z + u_z)
            return (1 - z) * torch.tanh(a_n + torch.sigmoid(a_r + u_r) * u_n) + z * before, c
        i, f, g, o = (a + u).chunk(4, dim=-1)
        if self.cell == "peephole":
            p_i, p_f, p_o = p["weight_peephole"]
            i, f = i + p_i * c, f + p_f * c
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        if self.cell == "peephole":
            o = o + p_o * c
        shown = norm("cell", c, p["norm_cell_bias"]) if self.layer_norm else c
        return torch.sigmoid(o) * torch.tanh(shown), c

    def forward(self, signal, state, masks=None):
        has_cell_state = len(state) == 2
        hidden, cell = [], []
        for layer in range(len(self.hidden_sizes)):
            h, c = state[0][layer], state[1][layer] if has_cell_state else None
            below, outputs = signal, []
            if masks is not None and layer > 0:
                signal = signal * masks[layer - 1]
            for x in signal:
                h, c = self.step(layer, x, h, c)
                outputs.append(h)
            signal = torch.stack(outputs)
            if self.residual and layer > 0:
                signal = below + signal
            hidden.append(h)
            cell.append(c)
        return signal, (hidden, cell) if has_cell_state else (hidden,)


CELLS = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn-tanh": lambda *sizes: nn.RNN(*sizes, nonlinearity="tanh"),
    "rnn-relu": lambda *sizes: nn.RNN(*sizes, nonlinearity="relu"),
}


def hidden_sizes(configuration):
    sizes = [configuration["hiddenSize"]] * configuration["layerCount"]
    sizes[-1] = configuration.get("lastHiddenSize", sizes[-1])
    return sizes


def make_layers(configuration):
    """PyTorch's module where it has one."""
    cell, last = configuration.get("cell", "lstm"), "lastHiddenSize" in configuration
    layer_norm, residual = (configuration.get(name, False) for name in ("layerNorm", "residual"))
    if cell in CELLS and not (last or layer_norm or residual):
        return CELLS[cell](*(configuration[name] for name in ("embeddingSize", "hiddenSize", "layerCount")))
    rounds, rank = configuration.get("mogrifierRounds", 5 if cell == "mogrifier" else 0), configuration.get("mogrifierRank")
    return WrittenOut(configuration["embeddingSize"], hidden_sizes(configuration), cell, layer_norm, residual, rounds, rank)


class AdaptiveSoftmax(nn.AdaptiveLogSoftmaxWithLoss):
    """PyTorch's own; called, it gives the log-probabilities of all tokens, of which cross_entropy makes the same loss."""

    def __init__(self, size, vocabulary_size, cutoffs):
        super().__init__(size, vocabulary_size, list(cutoffs), div_value=4, head_bias=True)

    def forward(self, signal):
        return self.log_prob(signal.flatten(0, 1)).view(*signal.shape[:2], -1)


class TiedAdaptiveSoftmax(nn.Module):
    """The same with the encoder's rows for the tokens, whole also in the clusters, and a bias for each token."""

    def __init__(self, encoder, cutoffs):
        super().__init__()
        count, size = encoder.weight.shape
        self.rows = [encoder]  # in a list, so that the weight is no parameter of this module too
        self.cutoffs = [0, *cutoffs, count]
        self.bias = nn.Parameter(torch.rand(count) - 0.5)
        self.cluster = nn.Linear(size, len(cutoffs))

    def forward(self, signal):
        scores = nn.functional.linear(signal, self.rows[0].weight, self.bias)
        parts = [scores[..., first:end] for first, end in zip(self.cutoffs, self.cutoffs[1:])]
        head = torch.cat([parts[0], self.cluster(signal)], -1).log_softmax(-1)
        count = parts[0].shape[-1]
        tails = [part.log_softmax(-1) + head[..., count + i, None] for i, part in enumerate(parts[1:])]
        return torch.cat([head[..., :count], *tails], -1)


class Model(nn.Module):
    """encoder, rnn, projection where there is one, decoder: the module whose names and layouts Rondo uses."""

    def __init__(self, configuration):
        super().__init__()
        vocabularySize, embeddingSize, tied = (
            configuration[name] for name in ("vocabularySize", "embeddingSize", "tied")
        )
        projection, cutoffs = configuration.get("projection", False), configuration.get("cutoffs", ())
        top = hidden_sizes(configuration)[-1]
        self.encoder = nn.Embedding(vocabularySize, embeddingSize)
        self.rnn = make_layers(configuration)
        self.projection = nn.Linear(top, embeddingSize, bias=False) if projection else nn.Identity()
        size = embeddingSize if projection else top
        if not cutoffs:
            self.decoder = nn.Linear(size, vocabularySize)
        elif tied:
            self.decoder = TiedAdaptiveSoftmax(self.encoder, cutoffs)
        else:
            self.decoder = AdaptiveSoftmax(size, vocabularySize, cutoffs)
        if tied and not cutoffs:
            self.decoder.weight = self.encoder.weight
        self.double()

    def forward(self, tokens, state, masks=None):
        """Logits [T, B, V] and the state after the window: h and c, or h alone."""
        signal = self.encoder(tokens)
        if isinstance(self.rnn, WrittenOut):
            if masks is not None:
                signal = signal * masks["input"]
            output, state = self.rnn(signal, state, masks and masks["betweenLayers"])
            if masks is not None:
                output = output * masks["output"]
            return self.decoder(self.projection(output)), state
        if masks is None:
            output, state = self.rnn(signal, state if len(state) == 2 else state[0])
            return self.decoder(self.projection(output)), state if isinstance(state, tuple) else (state,)
        # With masks from outside, layer by layer: a single-layer nn.LSTM with the weights of layer l, l = 0, 1, …
        signal = signal * masks["input"]
        hidden, cell = [], []
        for layer in range(self.rnn.num_layers):
            single = nn.LSTM(signal.shape[-1], self.rnn.hidden_size).double()
            weights = {
                f"{name}_l0": getattr(self.rnn, f"{name}_l{layer}")
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            }
            before = (state[0][layer : layer + 1], state[1][layer : layer + 1])
            signal, (h, c) = torch.func.functional_call(single, weights, (signal, before))
            last = layer + 1 == self.rnn.num_layers
            signal = signal * (masks["output"] if last else masks["betweenLayers"][layer])
            hidden.append(h)
            cell.append(c)
        return self.decoder(self.projection(signal)), (torch.cat(hidden), torch.cat(cell))


def make_model(configuration, seed):
    torch.manual_seed(seed)
    model = Model(configuration)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.float())  # numbers that a float32 program has exactly
    return model


def make_windows(vocabulary_size, lengths, batch_size, seed):
    """Windows [T, B] that follow one another in B streams of random tokens: inputs and targets, a token later."""
    generator = torch.Generator().manual_seed(seed)
    stream = torch.randint(vocabulary_size, (sum(lengths) + 1, batch_size), generator=generator)
    start = 0
    for length in lengths:
        yield stream[start : start + length], stream[start + 1 : start + length + 1]
        start += length


def make_masks(configuration, steps, batch_size, rates, generator):
    """Masks with 0 at the given rate and 1 / (1 - rate) elsewhere, as float32 numbers."""

    def mask(size, rate):
        kept = torch.rand(steps, batch_size, size, generator=generator) >= rate
        return (kept.float() / (1 - rate)).double()

    *lower, top = hidden_sizes(configuration)
    return {
        "input": mask(configuration["embeddingSize"], rates["input"]),
        "betweenLayers": [mask(size, rates["betweenLayers"]) for size in lower],
        "output": mask(top, rates["output"]),
    }


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def tensors(named):
    return {name: {"shape": list(tensor.shape), "data": numbers(tensor)} for name, tensor in named}


def zero_state(configuration, batch_size):
    layers = [torch.zeros(batch_size, size).double() for size in hidden_sizes(configuration)]
    if len({layer.shape for layer in layers}) == 1:
        layers = torch.stack(layers)  # as PyTorch's modules take them
    has_cell_state = configuration.get("cell", "lstm") in ("lstm", "peephole", "mogrifier")
    return (layers,) * (2 if has_cell_state else 1)


def run_window(model, inputs, targets, state, masks=None):
    """One forward and backward; returns the window as the file has it, and the state after it."""
    model.zero_grad()
    logits, after = model(inputs, state, masks)
    loss = cross_entropy(logits.flatten(0, 1), targets.flatten())
    loss.backward()
    after = tuple(
        part.detach() if torch.is_tensor(part) else [layer.detach() for layer in part] for part in after
    )
    window = {
        "inputs": inputs.tolist(),
        "targets": targets.tolist(),
        "initialHidden": [numbers(layer) for layer in state[0]],
        "initialCell": [numbers(layer) for part in state[1:] for layer in part],
        "loss": numbers(loss)[0],
        "logits": numbers(logits),
        "gradients": tensors((name, parameter.grad) for name, parameter in model.named_parameters()),
        "finalHidden": [numbers(layer) for layer in after[0]],
        "finalCell": [numbers(layer) for part in after[1:] for layer in part],
    }
    if masks is not None:
        window["masks"] = {
            "input": numbers(masks["input"]),
            "betweenLayers": [numbers(mask) for mask in masks["betweenLayers"]],
            "output": numbers(masks["output"]),
        }
    return window, after


def header(configuration, batch_size, model):
    return {
        "torch": torch.__version__.split("+")[0],
        "configuration": configuration,
        "batchSize": batch_size,
        "parameters": tensors(model.named_parameters()),
    }


def windows_case(configuration, lengths, batch_size, seed, rates=None):
    """Windows one after the other, the state carried and detached; the parameters stay as they are."""
    model = make_model(configuration, seed)
    case = header(configuration, batch_size, model)
    case["windows"] = []
    generator = torch.Generator().manual_seed(seed + 1)
    state = zero_state(configuration, batch_size)
    for inputs, targets in make_windows(configuration["vocabularySize"], lengths, batch_size, seed + 2):
        masks = rates and make_masks(configuration, len(inputs), batch_size, rates, generator)
        window, state = run_window(model, inputs, targets, state, masks)
        case["windows"].append(window)
    return case


def curve_case(configuration, optimizer, lengths, batch_size, seed):
    """A step of training on each window."""
    model = make_model(configuration, seed)
    case = header(configuration, batch_size, model)
    common = {"lr": optimizer["learningRate"], "weight_decay": optimizer["weightDecay"]}
    if optimizer["kind"] == "adamW":
        betas = (optimizer["beta1"], optimizer["beta2"])
        rule = torch.optim.AdamW(model.parameters(), betas=betas, eps=optimizer["epsilon"], **common)
    elif optimizer["kind"] == "asgd":
        rule = torch.optim.ASGD(model.parameters(), t0=0, lambd=0, **common)
    elif optimizer["kind"] == "rmsProp":
        rule = torch.optim.RMSprop(model.parameters(), alpha=optimizer["decay"], eps=optimizer["epsilon"], **common)
    else:
        rule = torch.optim.SGD(model.parameters(), momentum=optimizer["momentum"], **common)
    case["optimizer"] = optimizer
    case["windows"], case["losses"], case["gradientNorms"] = [], [], []
    state = zero_state(configuration, batch_size)
    for inputs, targets in make_windows(configuration["vocabularySize"], lengths, batch_size, seed + 2):
        window, state = run_window(model, inputs, targets, state)
        if optimizer["maximumValue"]:
            nn.utils.clip_grad_value_(model.parameters(), optimizer["maximumValue"])
        norm = nn.utils.clip_grad_norm_(model.parameters(), optimizer["maximumNorm"])
        rule.step()
        case["windows"].append({key: window[key] for key in ("inputs", "targets", "loss", "finalHidden", "finalCell")})
        case["losses"].append(window["loss"])
        case["gradientNorms"].append(numbers(norm)[0])
    case["finalParameters"] = tensors(model.named_parameters())
    if optimizer["kind"] == "asgd":
        case["finalAverages"] = tensors((name, rule.state[parameter]["ax"]) for name, parameter in model.named_parameters())
    return case


def text(value, indent=""):
    """JSON with a line for each field and each list of numbers, so that a change can be seen in a diff."""
    deeper = indent + " "
    if isinstance(value, dict) and value:
        inner = ",\n".join(f"{deeper}{json.dumps(key)}: {text(item, deeper)}" for key, item in value.items())
        return "{\n" + inner + "\n" + indent + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(deeper + text(item, deeper) for item in value) + "\n" + indent + "]"
    return json.dumps(value, separators=(",", ":"))


def sizes(vocabulary, embedding, hidden, layers, tied):
    return {
        "vocabularySize": vocabulary,
        "embeddingSize": embedding,
        "hiddenSize": hidden,
        "layerCount": layers,
        "tied": tied,
    }


def main():
    untied = sizes(11, 5, 7, 2, False)
    tied = sizes(11, 6, 6, 2, True)
    nothing = {"beta1": 0, "beta2": 0, "epsilon": 0, "momentum": 0, "weightDecay": 0, "maximumNorm": 0.25}
    nothing |= {"decay": 0, "maximumValue": 0}
    adam = nothing | {"kind": "adamW", "learningRate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    adam["weightDecay"] = 0.01
    sgd = nothing | {"kind": "sgd", "learningRate": 0.5, "momentum": 0.9}
    asgd = nothing | {"kind": "asgd", "learningRate": 5}
    rmsprop = nothing | {"kind": "rmsProp", "learningRate": 0.01, "decay": 0.95, "epsilon": 1e-8}
    rmsprop["maximumValue"] = 0.02
    rates = {"input": 0.25, "betweenLayers": 0.4, "output": 0.5}
    cases = {
        # The last window is a partial one.
        "untied": windows_case(untied, [6, 6, 4], 3, 100),
        "tied": windows_case(tied, [6, 6, 4], 3, 200),
        "dropout": windows_case(sizes(9, 5, 4, 3, False), [5, 5, 2], 2, 300, rates),
        "projection": windows_case(sizes(11, 5, 7, 2, True) | {"projection": True}, [6, 6, 4], 3, 600),
        "adaptive": windows_case(sizes(17, 5, 19, 1, False) | {"cutoffs": [5, 11]}, [6, 6, 4], 3, 700),
        "tiedAdaptive": windows_case(
            sizes(17, 5, 7, 2, True) | {"projection": True, "cutoffs": [5, 9, 14]}, [6, 6, 4], 3, 800
        ),
        "adamWCurve": curve_case(untied, adam, [6] * 9 + [4], 3, 400),
        "sgdCurve": curve_case(tied, sgd, [6] * 9 + [4], 3, 500),
        "rnnTanh": windows_case(untied | {"cell": "rnn-tanh"}, [6, 6, 4], 3, 600),
        "rnnReLU": windows_case(untied | {"cell": "rnn-relu"}, [6, 6, 4], 3, 700),
        "peephole": windows_case(untied | {"cell": "peephole"}, [6, 6, 4], 3, 800),
        "gru": windows_case(untied | {"cell": "gru"}, [6, 6, 4], 3, 900),
        "gruCurve": curve_case(tied | {"cell": "gru"}, adam, [6] * 9 + [4], 3, 1000),
        "rmsPropCurve": curve_case(untied, rmsprop, [6] * 9 + [4], 3, 600),
        "asgdCurve": curve_case(tied, asgd, [6] * 9 + [4], 3, 700),
        "residual": windows_case(sizes(9, 5, 4, 3, False) | {"residual": True}, [5, 5, 2], 2, 1100, rates),
        "lastHidden": windows_case(sizes(11, 5, 7, 2, True) | {"lastHiddenSize": 5}, [6, 6, 4], 3, 1200),
        "layerNorm": windows_case(untied | {"layerNorm": True}, [6, 6, 4], 3, 1300),
        "layerNormPeephole": windows_case(untied | {"layerNorm": True, "cell": "peephole"}, [6, 6, 4], 3, 1400),
        "layerNormGRU": windows_case(untied | {"layerNorm": True, "cell": "gru"}, [6, 6, 4], 3, 1500),
        "layerNormRNN": windows_case(untied | {"layerNorm": True, "cell": "rnn-tanh"}, [6, 6, 4], 3, 1600),
        "mogrifier": windows_case(untied | {"cell": "mogrifier"}, [6, 6, 4], 3, 1700),
        "mogrifierLowRank": windows_case(
            untied | {"cell": "mogrifier", "mogrifierRounds": 4, "mogrifierRank": 3}, [6, 6, 4], 3, 1800
        ),
    }
    FOLDER.mkdir(exist_ok=True)
    for name, case in cases.items():
        path = FOLDER / f"{name}.json"
        path.write_text(text(case) + "\n")
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
