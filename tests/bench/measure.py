# SPDX-License-Identifier: Apache-2.0
"""Whole processes: wall time, CPU seconds and peak memory of commands that run in turn, and the memory of a tree of them."""
import os
import pathlib
import statistics
import subprocess
import time

SAMPLE = 0.004


class Latency:
    """tests/bench/latency.c in front of a port, half of `seconds` each way."""

    def __init__(self, program, port, seconds):
        self.child = subprocess.Popen([program, str(port), str(seconds * 500)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.addr = f"http://127.0.0.1:{int(self.child.stdout.readline())}"

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()


class Failed(Exception):
    """A command ended as it must not."""


class Tool:
    """A command with a name, and the exit codes with which it did its work."""

    def __init__(self, name, argv, codes=(0,), ours=False):
        self.name, self.argv, self.codes, self.ours = name, [str(a) for a in argv], codes, ours
        self.wall, self.cpu, self.peak, self.anon = [], [], 0, 0

    def least(self, what="wall"):
        return min(getattr(self, what))

    def median(self, what="wall"):
        return statistics.median(getattr(self, what))


def memory(pid):
    """RssAnon + RssShmem of a process, in KiB."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(("RssAnon:", "RssShmem:")))


def family(pid):
    """A process and everything below it."""
    yield pid
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        children = "".join(pathlib.Path(f"/proc/{pid}/task/{t}/children").read_text() for t in threads)
    except OSError:
        return
    for child in children.split():
        yield from family(int(child))


class Meter:
    """Runs tools with tests/bench/timer.c, which is small enough not to be the peak it measures."""

    def __init__(self, timer, folder, env, runs, log=print):
        self.timer, self.folder, self.env, self.runs, self.log = timer, folder, env, runs, log

    def run(self, tools, env=None, runs=None):
        """Fills the tools' figures; returns those that worked. Ours must work, a peer that fails is left out."""
        env, good = self.env | (env or {}), []
        for tool in tools:          # once before: caches get warm, and a failure is seen at its own place
            try:
                self.sample(tool, env)
                good.append(tool)
            except Failed as e:
                if tool.ours:
                    raise
                self.log(f"note: {tool.name} is left out: {e}")
        self.timed(good, env, runs or self.runs)
        return good

    def timed(self, good, env=None, runs=1):
        argv = [self.timer, str(runs)]
        for i, tool in enumerate(good):
            argv += (["---"] if i else []) + tool.argv
        done = subprocess.run(argv, cwd=self.folder, env=env or self.env, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed(f"the timer ended with {done.returncode}")
        for line in done.stdout.splitlines():
            i, ns, peak, status, cpu = map(int, line.split())
            if os.waitstatus_to_exitcode(status) not in good[i].codes:
                raise Failed(f"{' '.join(good[i].argv)} ended with status {status:#x}")
            good[i].wall.append(ns / 1e9)
            good[i].cpu.append(cpu / 1e6)
            good[i].peak = max(good[i].peak, peak)

    def sample(self, tool, env):
        """A run of its own for the memory, so that looking at it costs the timed runs nothing."""
        with open(os.devnull, "r+b") as null, open(self.folder / "stderr", "w+b") as err:
            child = subprocess.Popen(tool.argv, cwd=self.folder, env=env, stdin=null, stdout=null, stderr=err)
            while child.poll() is None:
                tool.anon = max(tool.anon, sum(memory(pid) for pid in family(child.pid)))
                time.sleep(SAMPLE)
            if child.returncode not in tool.codes:
                err.seek(0)
                raise Failed(f"{' '.join(tool.argv)} ended with {child.returncode}: {err.read().decode(errors='replace')[-600:]}")


class Table:
    """What was measured beside what is wanted."""

    def __init__(self):
        self.met, self.missed, self.wrong = 0, [], []

    def heading(self, text):
        print(f"\n### {text}\n", flush=True)

    def tools(self, tools, unit="s"):
        scale = {"s": 1, "ms": 1000}[unit]
        print(f"| | wall {unit}, least | median | CPU {unit} | peak RSS MiB | anonymous MiB |\n|---|--:|--:|--:|--:|--:|")
        for t in tools:
            print(f"| {t.name} | {t.least() * scale:.2f} | {t.median() * scale:.2f} | {t.least('cpu') * scale:.2f} "
                  f"| {t.peak / 1024:.0f} | {t.anon / 1024:.0f} |")
        print(flush=True)

    def figure(self, text, measured, wanted, good):
        """One line of verdict; `measured` and `wanted` are texts."""
        self.met += good
        if not good:
            self.missed.append(text)
        print(f"- {'ok' if good else 'MISSED'}: {text}: {measured}, wanted {wanted}", flush=True)

    def at_least(self, text, ratio, wanted):
        self.figure(text, f"{ratio:.1f} x", f"at least {wanted:g} x", ratio >= wanted)

    def at_most(self, text, value, wanted, unit):
        self.figure(text, f"{value:.2f} {unit}", f"at most {wanted:g} {unit}", value <= wanted)

    def same(self, text, good):
        """A result, not a figure: a difference fails the whole run."""
        if not good:
            self.wrong.append(text)
        print(f"- {'ok' if good else 'WRONG'}: {text}", flush=True)

    def end(self):
        print(f"\n{self.met} of {self.met + len(self.missed)} figures are met, {len(self.wrong)} results are wrong")
        for text in self.missed:
            print(f"  missed: {text}")
        for text in self.wrong:
            print(f"  wrong: {text}")
        return 1 if self.wrong else 0
