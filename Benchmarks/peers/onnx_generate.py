#!/usr/bin/env python3
"""Writes text with onnxruntime's LSTM, a step at a time, and prints its speed as one JSON object.

MODEL is a file of `rondo export --dtype f32`. The graph is what torch.onnx.export makes of such a model: Gather, LSTM,
LSTM, MatMul with bias, for one step; the state is fed back. A token is drawn with numpy: softmax at temperature 0.8,
one uniform number, its place among the cumulative probabilities. Both ways to call the session are tried, `run` and
an IO binding; the faster one counts.
"""

import argparse
import json
import time

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

TEMPERATURE = 0.8


def graph(weights, layers):
    """The model for one step: ids [1, B] and states [1, B, H] in, logits [1, B, V] and states out."""
    hidden = weights["rnn.weight_hh_l0"].shape[1]
    vocabulary = weights["decoder.weight"].shape[0]
    state = ["N", "B", hidden]
    tensors = {"encoder": weights["encoder.weight"], "decoder": weights["decoder.weight"].T.copy(),
               "decoder.bias": weights["decoder.bias"]}  # fmt: skip
    nodes = [helper.make_node("Gather", ["encoder", "ids"], ["x0"])]
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "B"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "B", vocabulary])]

    def reorder(values):  # PyTorch's gates are i, f, g, o; ONNX's i, o, f, g
        i, f, g, o = numpy.split(values, 4)
        return numpy.concatenate([i, o, f, g])

    for n in range(layers):
        tensors[f"W{n}"] = reorder(weights[f"rnn.weight_ih_l{n}"])[None]
        tensors[f"R{n}"] = reorder(weights[f"rnn.weight_hh_l{n}"])[None]
        biases = [reorder(weights[f"rnn.bias_{kind}_l{n}"]) for kind in ("ih", "hh")]
        tensors[f"B{n}"] = numpy.concatenate(biases)[None]
        nodes += [
            helper.make_node(
                "LSTM", [f"x{n}", f"W{n}", f"R{n}", f"B{n}", "", f"h{n}", f"c{n}"], [f"y{n}", f"h{n}'", f"c{n}'"],
                hidden_size=hidden,
            ),
            helper.make_node("Squeeze", [f"y{n}", "direction"], [f"x{n + 1}"]),
        ]  # fmt: skip
        for name in (f"h{n}", f"c{n}"):
            inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, state))
            outputs.append(helper.make_tensor_value_info(name + "'", TensorProto.FLOAT, state))
    tensors["direction"] = numpy.array([1], dtype=numpy.int64)
    nodes += [
        helper.make_node("MatMul", [f"x{layers}", "decoder"], ["product"]),
        helper.make_node("Add", ["product", "decoder.bias"], ["logits"]),
    ]
    initializers = [numpy_helper.from_array(values, name) for name, values in tensors.items()]
    made = helper.make_graph(nodes, "step", inputs, outputs, initializers)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


class ByRun:
    """The state goes in and out as arrays."""

    def __init__(self, session, layers, hidden, streams):
        self.session = session
        self.names = [f"{kind}{n}" for n in range(layers) for kind in "hc"]
        self.outputs = ["logits"] + [name + "'" for name in self.names]
        self.state = [numpy.zeros((1, streams, hidden), dtype=numpy.float32) for _ in self.names]

    def step(self, ids):
        logits, *self.state = self.session.run(self.outputs, {"ids": ids, **dict(zip(self.names, self.state))})
        return logits[0]


class ByBinding:
    """Two sets of state stay where they are, and change places after each step."""

    def __init__(self, session, layers, hidden, streams):
        names = [f"{kind}{n}" for n in range(layers) for kind in "hc"]
        value = onnxruntime.OrtValue.ortvalue_from_numpy
        vocabulary = session.get_outputs()[0].shape[2]
        sets = [[value(numpy.zeros((1, streams, hidden), dtype=numpy.float32)) for _ in names] for _ in range(2)]
        self.session = session
        self.ids = numpy.zeros((1, streams), dtype=numpy.int64)
        self.logits = numpy.zeros((1, streams, vocabulary), dtype=numpy.float32)
        self.ids_value, self.logits_value = value(self.ids), value(self.logits)
        self.bindings = []
        for old, new in (sets, sets[::-1]):
            binding = session.io_binding()
            binding.bind_ortvalue_input("ids", self.ids_value)
            binding.bind_ortvalue_output("logits", self.logits_value)
            for name, before, after in zip(names, old, new):
                binding.bind_ortvalue_input(name, before)
                binding.bind_ortvalue_output(name + "'", after)
            self.bindings.append(binding)

    def step(self, ids):
        self.ids_value.update_inplace(ids)
        self.session.run_with_iobinding(self.bindings[0])
        self.bindings.reverse()
        return self.logits_value.numpy()[0]


def draw(logits, generator):
    """A token for each row of logits [B, V]."""
    scaled = logits / TEMPERATURE
    odds = numpy.exp(scaled - scaled.max(axis=1, keepdims=True)).cumsum(axis=1)
    uniform = generator.random((len(odds), 1)) * odds[:, -1:]
    return (odds < uniform).sum(axis=1)[None]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    weights = load_file(options.model)
    layers = sum(name.startswith("rnn.weight_hh_l") for name in weights)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(
        graph(weights, layers).SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
    hidden = weights["rnn.weight_hh_l0"].shape[1]
    generator = numpy.random.default_rng(1)

    def speed(way, seconds):
        """Tokens a second of all streams; the first steps are not timed."""
        stepper = way(session, layers, hidden, options.streams)
        ids = numpy.zeros((1, options.streams), dtype=numpy.int64)
        for _ in range(20):
            ids = draw(stepper.step(ids), generator)
        steps, start = 0, time.perf_counter()
        while True:
            for _ in range(10):
                ids = draw(stepper.step(ids), generator)
            steps += 10
            passed = time.perf_counter() - start
            if passed >= seconds:
                return steps * options.streams / passed

    ways = {way.__name__: speed(way, options.seconds / 2) for way in (ByRun, ByBinding)}
    print(json.dumps({"tokens_per_second": max(ways.values()), "ways": ways}))


if __name__ == "__main__":
    main()
