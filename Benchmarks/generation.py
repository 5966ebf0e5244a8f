"""Writing text, start-up, and what lower precision costs: a trained model that lies in models/."""

import sys
import time

import corpora
from measure import HERE, REPOSITORY, Failed, Row, run, run_json, seconds_of, seconds_to_first_byte

MODEL = REPOSITORY / "models" / "tinyshakespeare.safetensors"  # 2 x 512, E = 64, V = 67
EMBEDDING, HIDDEN, VOCABULARY, LAYERS = 64, 512, 67, 2
STREAMS = 64
PRECISIONS = {"f32": "≥ 1.3", "f16": "≥ 2", "int8": "≥ 3"}


def exported(settings):
    """The model in F32: of a file in F16 rondo would take fp16 numbers at every precision, since that is exact."""
    file = settings.folder / "generate-f32.safetensors"
    if not file.exists():
        run([settings.rondo, "export", MODEL, "-o", file, "--dtype", "f32"])
    return file


def generate_command(settings, model, length, count, threads, precision):
    # Without a prompt the model begins with what it was trained to; the boundary token may end a text.
    return [
        settings.rondo, "generate", model, "--prompt", "The ", "--no-echo", "--seed", 1, "--length", length,
        "--count", count, "--threads", threads, "--precision", precision,
    ]  # fmt: skip


def operations_per_token():
    """FLOPs of one token's products, the input of layer 0 being looked up (V rows are multiplied once a run)."""
    gates = 4 * HIDDEN
    return 2 * (gates * HIDDEN * (2 * LAYERS - 1) + HIDDEN * VOCABULARY)


class Generation:
    """So many texts at once, in one precision."""

    def __init__(self, settings, precision, streams):
        self.settings, self.precision, self.streams = settings, precision, streams
        self.model = exported(settings)
        self.short = 200
        self.long = 1200
        self.long = self.short + max(400, int(self.rondo() * settings.seconds / streams))

    def write(self, length):
        """Seconds of a process that writes texts of this length, and the characters that it wrote."""
        command = generate_command(
            self.settings, self.model, length, self.streams, self.settings.threads, self.precision
        )
        start = time.perf_counter()
        text = run(command)
        passed = time.perf_counter() - start
        written = sum(len(part) for part in text.removesuffix("\n").split("\n--------\n"))
        return passed, written

    def rondo(self):
        """The difference of two lengths leaves out the start of the process and of the model."""
        short_time, short_tokens = self.write(self.short)
        long_time, long_tokens = self.write(self.long)
        if long_tokens < short_tokens + (self.long - self.short) * self.streams / 2 or long_time <= short_time:
            raise Failed(f"rondo generate wrote {long_tokens} characters of {self.long * self.streams}: too few")
        return (long_tokens - short_tokens) / (long_time - short_time)

    def peer(self):
        command = [
            sys.executable, HERE / "peers" / "onnx_generate.py", self.model, "--streams", self.streams,
            "--seconds", self.settings.seconds, "--threads", self.settings.threads,
        ]  # fmt: skip
        return run_json(command)["tokens_per_second"]


def generation_row(precision, settings):
    generation = Generation(settings, precision, 1)
    return Row(
        precision, f"one text, {precision}", "tokens/s", PRECISIONS[precision],
        generation.rondo, generation.peer, "onnxruntime",
    )  # fmt: skip


def streams_row(precision, settings):
    generation = Generation(settings, precision, STREAMS)
    return Row(
        "streams", f"{STREAMS} texts, {precision}", "tokens/s", "≥ 2.5", generation.rondo, generation.peer,
        "onnxruntime", operations=operations_per_token(), threads=settings.threads,
    )  # fmt: skip


def first_token_row(model, settings):
    command = generate_command(settings, model, 100, 1, 1, "f32")
    seconds_to_first_byte(command)  # the file is in memory from here on
    return Row(
        "start", f"first character, file of {model.stat().st_size / 1e6:.0f} MB", "ms", "≤ 25",
        lambda: 1000 * sorted(seconds_to_first_byte(command) for _ in range(5))[2],
    )  # fmt: skip


def help_row(settings):
    command = [settings.rondo, "--help"]
    seconds_of(command)
    return Row(
        "start", "rondo --help, whole process", "ms", "≤ 10",
        lambda: 1000 * sorted(seconds_of(command) for _ in range(5))[2],
    )  # fmt: skip


def start_rows(settings):
    """The file as it lies in models/, in F16, and twice as large in F32."""
    return [*(first_token_row(model, settings) for model in (MODEL, exported(settings))), help_row(settings)]


def bits_per_character(settings):
    """Lines about what each precision costs, on the last tenth of the model's own text if it is there."""
    source = corpora.path("plays", settings)
    text = source.read_text(encoding="utf-8")
    held_out = settings.folder / "held-out.txt"
    held_out.write_text(text[-len(text) // 10 :], encoding="utf-8")
    figures = {}
    for precision in PRECISIONS:
        command = [settings.rondo, "evaluate", MODEL, held_out, "--json", "--precision", precision]
        figures[precision] = run_json(command)["bits_per_character"]
    exact = figures["f32"]
    changes = [f"{name} {bits:.5f} ({100 * (bits / exact - 1):+.3f} %)" for name, bits in figures.items()]
    return [f"bits per character on the last tenth of {source.name}: {', '.join(changes)}"]
