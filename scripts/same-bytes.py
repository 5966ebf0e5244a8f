#!/usr/bin/env python3
"""Trains and generates with the built programs on every number of threads, instruction set and build, after
interruptions and with the C library's own dispatch turned down, and compares what is left behind byte for byte.

Usage: same-bytes.py [PROGRAM...]   the programs; the release and the debug build if none is named
"""

import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = [ROOT / ".build" / build / "rondo" for build in ("release", "debug")]
INSTRUCTION_SETS = ["avx512vnni", "avx512", "avx2", "portable"]
THREADS = [1, 2, 3]
# Without these, glibc's exp, log, pow, sin and cos take other ways and round differently: one result in 1 400.
DISPATCH = "glibc.cpu.hwcaps=-AVX2,-FMA"
PRECISIONS = ["f32", "f16", "int8"]
FILES = ["last.safetensors", "best.safetensors", "metrics.jsonl"]

WORDS = "the fox and a crow saw cheese by an old river, la fe\u0301e va\u2026 狐 狸 said: no! 12 34".split()
# More words than a window has tokens: the input goes without a table.
MANY_WORDS = WORDS + [f"{first}{last}" for first in "bcdfgk" for last in ("al", "en", "ir", "ox", "um", "yst")]

# No hidden size fills its vectors, and no window divides the text.
MODELS = {
    "one stream, two layers": "--layers 2 --hidden-size 20 --embedding-size 13 --batch-size 1 --window 23 --steps 30"
    " --validate-every 12",
    "dropout at three places": "--layers 2 --hidden-size 20 --embedding-size 13 --batch-size 3 --window 17 --steps 30"
    " --dropout-input 0.2 --dropout 0.3 --dropout-output 0.4 --validate-every 12",
    "tied weights, SGD": "--layers 2 --hidden-size 20 --tied --batch-size 2 --window 19 --steps 30 --optimizer sgd"
    " --schedule plateau:0.5 --validate-every 7",
    "words, without a table": "--tokenizer whitespace --layers 1 --hidden-size 33 --embedding-size 17 --batch-size 2"
    " --window 11 --steps 30 --schedule step:9:0.7",
    "GRU, dropout": "--cell gru --layers 2 --hidden-size 70 --embedding-size 13 --batch-size 3 --window 17 --steps 30"
    " --dropout 0.3 --validate-every 12",
    "Mogrifier LSTM": "--cell mogrifier --mogrifier-rank 9 --layers 2 --hidden-size 70 --embedding-size 13"
    " --batch-size 3 --window 17 --steps 30",
    "tanh RNN, tied weights": "--cell rnn-tanh --layers 2 --hidden-size 150 --tied --batch-size 2 --window 19"
    " --steps 30 --validate-every 12",
    "peepholes, a last size, random windows": "--cell peephole --layers 2 --hidden-size 40 --last-hidden-size 20"
    " --embedding-size 20 --tied --batch-size 3 --window 12 --random-window --steps 30 --optimizer nt-asgd"
    " --learning-rate 2 --validate-every epoch",
    "all of AWD's dropout, averaged weights": "--layers 2 --hidden-size 20 --embedding-size 13 --tied --locked-dropout"
    " --dropout-input 0.2 --dropout 0.3 --dropout-embedding 0.1 --weight-drop 0.3 --activation-regularization 2"
    " --temporal-activation-regularization 1 --average-decay 0.9 --batch-size 3 --window 17 --steps 30"
    " --validate-every 12",
    "residual, layer normalization, RMSprop": "--layers 3 --hidden-size 20 --embedding-size 13 --residual --layer-norm"
    " --optimizer rmsprop --clip-value 0.01 --batch-size 3 --window 17 --steps 30 --validate-every 12",
    "adaptive softmax": "--tokenizer whitespace --softmax adaptive --cutoffs 5,12 --layers 1 --hidden-size 33"
    " --embedding-size 17 --batch-size 2 --window 11 --steps 30",
    "several panels a thread": "--layers 1 --hidden-size 70 --embedding-size 35 --batch-size 7 --window 13 --steps 12",
}
# Long enough that a signal comes before the end.
INTERRUPTED = ["dropout at three places", "tied weights, SGD"]
INTERRUPTED_STEPS = 600


@dataclass(frozen=True)
class Way:
    """What the bytes must not depend on."""

    program: pathlib.Path
    instruction_set: str
    threads: int
    dispatch_is_down: bool = False

    def __str__(self):
        down = ", glibc without AVX2 and FMA" if self.dispatch_is_down else ""
        plural = "" if self.threads == 1 else "s"
        return f"{self.program.parent.name}, {self.instruction_set}, {self.threads} thread{plural}{down}"

    def start(self, *arguments):
        environment = dict(os.environ, RONDO_ISA=self.instruction_set)
        if self.dispatch_is_down:
            environment["GLIBC_TUNABLES"] = DISPATCH
        command = [self.program, *arguments, "--threads", str(self.threads)]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)

    def run(self, *arguments):
        """Standard output of a run that has to succeed."""
        process = self.start(*arguments)
        output, error = process.communicate(timeout=600)
        if process.returncode != 0:
            sys.exit(f"{self}: rondo {' '.join(map(str, arguments))}: exit status {process.returncode}\n"
                     + error.decode(errors="replace"))
        return output

    def train(self, text, folder, options):
        self.run("train", text, "--out", folder, "--seed", "5", "--quiet", *options)

    def interrupted(self, text, folder, options):
        """Trains until some lines of metrics are there, then ends by a signal. False: training was quicker."""
        process = self.start("train", text, "--out", folder, "--seed", "5", "--quiet", *options)
        metrics = folder / "metrics.jsonl"
        while process.poll() is None:
            if metrics.exists() and metrics.read_bytes().count(b"\n") >= 3:
                process.send_signal(signal.SIGTERM)
                break
            time.sleep(0.001)
        _, error = process.communicate(timeout=600)
        if process.returncode not in (0, 128 + signal.SIGTERM):
            sys.exit(f"{self}: interrupted training: exit status {process.returncode}\n{error.decode()}")
        return process.returncode != 0

    def left_behind(self, folder):
        """The bytes that have to be the same: files, and generated text with its tokens' log-probabilities."""
        bytes_of = {name: (folder / name).read_bytes() for name in FILES}
        for precision in PRECISIONS:
            bytes_of[f"text generated in {precision}"] = self.generated(folder, 60, precision)
        return bytes_of

    def generated(self, folder, length, precision="f32"):
        return self.run(
            "generate", folder / "last.safetensors", "--prompt", "the ", "--length", str(length), "--count", "3",
            "--seed", "9", "--top-p", "0.95", "--repetition-penalty", "1.1", "--precision", precision, "--json")


def tensors(checkpoint):
    """The header of a safetensors file, each entry with its bytes."""
    start = 8 + int.from_bytes(checkpoint[:8], "little")
    entries = json.loads(checkpoint[8:start])
    metadata = entries.pop("__metadata__")
    parts = {name: checkpoint[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]]
             for name, entry in entries.items()}
    return {**parts, **{f"metadata: {key}": value for key, value in metadata.items()}}


def differences(expected, found):
    """What is not the same, by name; of checkpoints how many tensors and the first of them."""
    names = []
    for name in expected:
        if expected[name] == found[name]:
            continue
        if name.endswith(".safetensors"):
            left, right = tensors(expected[name]), tensors(found[name])
            parts = [key for key in left if left[key] != right.get(key)]
            names.append(f"{name} ({len(parts)} of {len(left)} parts, the first {parts[0] if parts else 'missing'})")
        else:
            names.append(name)
    return names


class Comparison:
    def __init__(self):
        self.compared = 0
        self.failed = 0

    def expect_same(self, what, expected, found):
        self.compared += 1
        names = differences(expected, found)
        if names:
            self.failed += 1
            print(f"FAILED {what}: differs in {', '.join(names)}", flush=True)


def instruction_sets(program, model):
    """Those that this processor has; a program that is told to use another one says so."""
    present = []
    for name in INSTRUCTION_SETS:
        process = Way(program, name, 1).start("generate", model, "--length", "1", "--seed", "1")
        _, error = process.communicate(timeout=600)
        if process.returncode == 0:
            present.append(name)
        elif b"RONDO_ISA" in error:
            print(f"not on this processor: {name}")
        else:
            sys.exit(error.decode(errors="replace"))
    return present


def active_features(**environment):
    """What the C library's loader says of the processor features that it uses."""
    loader = "/lib64/ld-linux-x86-64.so.2"
    output = subprocess.run([loader, "--list-diagnostics"], env=environment, capture_output=True, text=True).stdout
    return [line for line in output.splitlines() if ".active[" in line]


def dispatch_can_be_turned_down():
    if platform.system() != "Linux" or platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc":
        print("no dispatch of glibc to turn down on this system")
        return False
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    if not {"avx2", "fma"} & set(flags):
        print("glibc has no AVX2 or FMA to turn down on this processor")
        return False
    if active_features() == active_features(GLIBC_TUNABLES=DISPATCH):
        sys.exit(f"GLIBC_TUNABLES={DISPATCH} has no effect here: glibc may have other names for these features now")
    return True


def main():
    programs = [pathlib.Path(name).resolve() for name in sys.argv[1:]] or PROGRAMS
    for program in programs:
        if not program.exists():
            sys.exit(f"{program} is missing: 'make same-bytes' builds it")
    start = time.monotonic()
    comparison = Comparison()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        text = work / "text.txt"
        # No two lines begin alike, and their lengths differ.
        text.write_text("".join(
            " ".join(MANY_WORDS[(7 * line + word * word + word) % len(MANY_WORDS)] for word in range(3 + line % 5)) + "\n"
            for line in range(40)), encoding="utf-8")

        reference = Way(programs[0], "portable", 1)
        expected = {}
        for number, (model, options) in enumerate(MODELS.items()):
            folder = work / f"reference-{number}"
            reference.train(text, folder, options.split())
            expected[model] = reference.left_behind(folder)
        present = instruction_sets(programs[0], work / "reference-0")

        ways = [Way(program, name, threads) for program in programs for name in present for threads in THREADS]
        if dispatch_can_be_turned_down():
            ways += [Way(program, present[0], 2, dispatch_is_down=True) for program in programs]
            # As many calls as it takes to meet those that round differently.
            for model in 0, 2:
                texts = [{"long text": way.generated(work / f"reference-{model}", 10_000)}
                         for way in (reference, Way(programs[0], present[0], 1, dispatch_is_down=True))]
                comparison.expect_same(f"long text of '{list(MODELS)[model]}'; glibc without AVX2 and FMA", *texts)
        for way in ways:
            if way == reference:
                continue
            begun = time.monotonic()
            for number, (model, options) in enumerate(MODELS.items()):
                folder = work / f"{ways.index(way)}-{number}"
                way.train(text, folder, options.split())
                comparison.expect_same(f"{model}; {way}", expected[model], way.left_behind(folder))
            print(f"{way}: {time.monotonic() - begun:.1f} s", flush=True)

        # From one way to another in the middle, and back to the other build.
        last = programs[-1]
        changes = [(Way(programs[0], "portable", 1), Way(programs[0], present[0], 3)),
                   (Way(last, present[-1], 3), Way(programs[0], present[0], 2)),
                   (Way(last, present[0], 2), Way(programs[0], present[len(present) // 2], 1))]
        for model in INTERRUPTED:
            options = MODELS[model].replace("--steps 30", f"--steps {INTERRUPTED_STEPS}").split()
            folder = work / f"whole-{INTERRUPTED.index(model)}"
            fastest = Way(programs[0], present[0], 1)
            fastest.train(text, folder, options)
            whole = fastest.left_behind(folder)
            for number, (first, second) in enumerate(changes):
                for attempt in range(5):
                    folder = work / f"parts-{INTERRUPTED.index(model)}-{number}-{attempt}"
                    if first.interrupted(text, folder, options):
                        break
                else:
                    sys.exit(f"{model}; {first}: training was over before a signal came, five times")
                second.run("train", "--resume", folder, "--quiet")
                comparison.expect_same(f"{model}; {first}, then {second}", whole, second.left_behind(folder))
    print(f"{comparison.compared} compared, {comparison.failed} differ; {time.monotonic() - start:.0f} s")
    return comparison.failed != 0


if __name__ == "__main__":
    sys.exit(main())
