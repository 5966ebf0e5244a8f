"""Runs programs and measures them; the rows of the table and how they are put together."""

import dataclasses
import json
import pathlib
import statistics
import subprocess
import time
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent


@dataclasses.dataclass
class Settings:
    """What holds for the whole run."""

    rondo: pathlib.Path  # the program
    text_program: pathlib.Path  # rondo-bench, of the package beside this file
    kernels: pathlib.Path  # Benchmarks/kernels, built
    folder: pathlib.Path  # temporary
    corpora: pathlib.Path | None  # texts that are not in the repository
    threads: int
    seconds: float  # about what one side of a round takes
    megabytes: int  # of text to encode
    large_megabytes: int  # of the large text


@dataclasses.dataclass
class Row:
    """A line of the table. Both measurements give a figure in `unit` each time they are called."""

    key: str
    work: str
    unit: str  # tokens/s and MB/s: more is better; ms and MB: less
    target: str
    rondo: Callable[[], float]
    peer: Callable[[], float] | None = None
    peer_name: str = ""
    # For the share of the FMA peak: floating-point operations of rondo for each unit of its figure, and its threads.
    operations: float | None = None
    threads: int = 0
    most_rounds: int | None = None  # where more would show nothing


@dataclasses.dataclass
class Result:
    row: Row
    ours: list[float]
    theirs: list[float]
    peak: float | None  # of the same rounds, in FLOP/s

    def ratio(self):
        return statistics.median(self.ours) / statistics.median(self.theirs) if self.theirs else None

    def round_ratios(self):
        return [our / their for our, their in zip(self.ours, self.theirs)]

    def share(self):
        """The part of the FMA peak that rondo reaches, of 1."""
        return None if self.peak is None else statistics.median(self.ours) * self.row.operations / self.peak

    def limit(self):
        """The ratio at all of the peak: what no program that executes these operations exceeds."""
        return None if self.peak is None else self.ratio() / self.share()


class Failed(Exception):
    """A program that ended with an error; the rows that need it cannot be measured."""


def run(command, **arguments):
    """Standard output of a command."""
    command = [str(part) for part in command]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **arguments
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise Failed(f"{' '.join(command)}: exit status {done.returncode}: {lines[-1]}")
    return done.stdout


def run_json(command, **arguments):
    return json.loads(run(command, **arguments).splitlines()[-1])


def seconds_of(command, **arguments):
    """From the start of a process to its end."""
    start = time.perf_counter()
    run(command, **arguments)
    return time.perf_counter() - start


def seconds_to_first_byte(command):
    """From the start of a process to the first byte of its standard output."""
    command = [str(part) for part in command]
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as process:
        first = process.stdout.read(1)
        passed = time.perf_counter() - start
        process.stdout.read()
    if not first or process.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit status {process.returncode}")
    return passed


def tokens_per_second(command, tokens_a_step, untimed_steps, **arguments):
    """The speed of `rondo train --json` after its first steps, by its own lines and by our clock."""
    command = [str(part) for part in command]
    lines = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **arguments
    ) as process:
        for text in process.stdout:
            line = json.loads(text)
            if "tokens_per_second" in line:
                lines.append((line["step"], line["tokens_per_second"], time.perf_counter()))
        message = process.stderr.read()
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit status {process.returncode}: {message.strip()}")
    tokens = seconds = watched = 0.0
    for (before, _, earlier), (step, speed, later) in zip(lines, lines[1:]):
        if before >= untimed_steps and step > before:
            done = (step - before) * tokens_a_step
            tokens += done
            seconds += done / speed
            watched += later - earlier
    if tokens == 0:
        raise Failed(f"rondo printed {len(lines)} lines with a speed: too few to measure with")
    # Where the two clocks part, the slower figure counts, so that no pause is left out.
    return tokens / max(seconds, watched)


def high_water_mark(process):
    """The most memory of a running process in bytes: VmHWM; 0 where it has just ended. Linux only."""
    try:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        raise Failed("there is no /proc to read a process's memory from") from None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    return 0


def peak_memory(command, **arguments):
    """The most memory of a process in bytes, looked at until it ends. Linux only."""
    command = [str(part) for part in command]
    most = 0
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **arguments
    ) as process:
        while process.poll() is None:
            most = max(most, high_water_mark(process))
            time.sleep(0.02)
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit status {process.returncode}")
    return most


def fma_peak(settings, threads, seconds=0.3):
    """FLOP/s of a loop that does nothing but fused multiply-adds in registers, on so many threads."""
    return float(run([settings.kernels, "--peak", seconds, "--threads", threads]))


def in_turn(row, rounds, settings, report):
    """Both sides, round after round, in turn first."""
    ours, theirs, peaks = [], [], []
    for number in range(min(rounds, row.most_rounds or rounds)):
        sides = [(row.rondo, ours)] + ([(row.peer, theirs)] if row.peer else [])
        for measure, figures in sides if number % 2 == 0 else reversed(sides):
            figures.append(measure())
        if row.operations:
            peaks.append(fma_peak(settings, row.threads))
        report(row, number, ours, theirs)
    return Result(row, ours, theirs, max(peaks) if peaks else None)
