#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs lmzip while memory, disks and pipes fail under it and signals strike, and demands that nothing is ever lost.

    tests/faults/run.py [--runs 5000] [--seed 0] [--only KIND] [--scenario NAME] [--lmzip PATH] [--library PATH]
                       [--make-model PATH]

Every scenario (scenarios.py) is run undisturbed first, which tells how many calls of each kind it makes and what it
shall come to. Then calls fail one at a time, the n-th of a kind (or all from the n-th on), whatever n; the process is
killed before the n-th call and at random moments; whoever reads its output goes away. After each run (trial.py):

  * a source is there, whole, unless --rm was given and what was made of it is there, whole;
  * a name holds the old file or the whole new one, byte for byte that of the undisturbed run, which was decoded; no
    temporary file is left, but after SIGKILL (or where it could not be removed) one called .NAME. and six characters;
  * the status is 0 with everything done, 1 or 2 with one line of lmzip that names the reason, or the signal sent;
  * and it ends.

The kinds of faults take turns, so that few runs try a little of everything; many come to each n of everything. The same
seed draws the same faults; threads and moments may still differ. Status: 0, or 1 after complaints, each with a command
that repeats it, or 77 (skipped) where LMZIP_SANITIZED is set: a sanitizer has a malloc of its own.
"""
import argparse
import collections
import collections.abc
import dataclasses
import itertools
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the source tree is not for that

import scenarios  # noqa: E402
import trial  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What may befall a call of each kind (faults.cc); "+": that one and all later ones. EINTR and EAGAIN, which ask for
# another try, do not last.
FAULTS = {
    "init": "ENOMEM ENOMEM+", "alloc": "ENOMEM ENOMEM+", "map": "ENOMEM ENOMEM+", "thread": "EAGAIN EAGAIN+",
    "open": "EIO ENOMEM+", "create": "ENOSPC EIO", "read": "EIO EIO+ EINTR EAGAIN short short+",
    "write": "ENOSPC ENOSPC+ EIO EINTR EAGAIN short short+", "say": "EIO EINTR EAGAIN short short+",
    "poll": "EINTR ENOMEM", "sync": "EIO ENOSPC EINTR", "syncfolder": "EIO", "truncate": "EIO ENOSPC", "seek": "EIO",
    "close": "EIO ENOSPC", "stat": "EIO EIO+", "attributes": "EPERM EPERM+", "rename": "EIO ENOSPC",
    "renameat2": "EIO ENOSPC EINVAL", "link": "EIO ENOSPC EPERM", "unlink": "EIO EIO+", "any": "KILL TERM INT HUP",
}
ODD = ("kill", "pipe")  # kinds that are not counted calls
SMALL = 40  # up to so many calls are taken in order


@dataclasses.dataclass
class Group:
    """What may befall one scenario in one way, and how it ends undisturbed."""
    kind: str
    scenario: scenarios.Scenario
    good: trial.Outcome
    disturbances: collections.abc.Iterator
    turn: int  # runs of it before the next one's turn
    spent: bool = False


def faults_of(kind, count, what, rng):
    """All n of one kind in one scenario: few in their order; of many the first and the last, then any."""
    plus = "+" if what.endswith("+") else ""
    numbers = list(range(1, count + 1))
    if count > SMALL:
        ends = numbers[:4] + numbers[-4:]
        middle = numbers[4:-4]
        rng.shuffle(middle)
        numbers = ends + middle
    return [trial.Disturbance(f"{kind}:{n}{plus}:{what.rstrip('+')}") for n in numbers]


def groups_of(scenario, good, rng):
    """(kind, disturbances, how many a turn) of a scenario; the odd kinds never run out."""
    for kind, whats in FAULTS.items():
        for what in whats.split() if good.calls[kind] else ():
            faults = faults_of(kind, good.calls[kind], what, rng)
            yield kind, iter(faults), 1 + len(faults) // 500
    signals = itertools.cycle(("KILL", "TERM", "INT", "HUP"))
    yield "kill", (trial.Disturbance(kill=name, after=rng.random() * 1.1) for name in signals), 1
    if good.out and scenario.stdout == "pipe":
        yield "pipe", (trial.Disturbance(close=rng.randrange(len(good.out))) for _ in itertools.count()), 1


def check_good(scenario, good, lmzip):
    """What an undisturbed run made is what it shall be, or decodes to that."""
    wanted = dict(scenario.holds) if good.status == 0 else {}
    for source, target in scenario.made.items() if good.status == 0 else ():
        wanted[target] = scenarios.decoded(lmzip, scenario.files[source])
    for name, raw in wanted.items():
        made = good.out if name == scenarios.STDOUT else good.files[name]
        if scenarios.decoded(lmzip, made) != raw:
            sys.exit(f"faults: {scenario.name}: {name} of an undisturbed run does not decode to what it shall hold")


def repeat_command(stage, scenario, disturbance):
    faults = ",".join(part for part in (scenario.always, disturbance.fault) if part)
    command = f"LD_PRELOAD={stage.library} LMZIP_FAULT={faults} {stage.lmzip} {scenario.arguments}"
    return f"{scenario.name}: {disturbance}: {command}" + (f" <{shlex.quote(scenario.stdin)}" if scenario.stdin else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=[*FAULTS, *ODD], help="one kind of fault")
    parser.add_argument("--scenario", help="those whose names contain this")
    parser.add_argument("--lmzip", default=os.environ.get("LMZIP", os.path.join(ROOT, "build", "lmzip")))
    parser.add_argument("--library", default=os.environ.get("LMZIP_FAULTS"), help="tests/faults.so beside lmzip")
    parser.add_argument("--make-model", default=os.environ.get("MAKE_MODEL"), help="tests/make_model beside lmzip")
    options = parser.parse_args()
    if os.environ.get("LMZIP_SANITIZED"):
        print("skipped: a sanitizer has a malloc of its own")
        sys.exit(77)
    lmzip = os.path.realpath(options.lmzip)
    tests = os.path.join(os.path.dirname(lmzip), "tests")
    library = os.path.realpath(options.library or os.path.join(tests, "faults.so"))
    options.make_model = os.path.realpath(options.make_model or os.path.join(tests, "make_model"))
    for path in (lmzip, library, options.make_model):
        if not os.path.exists(path):
            sys.exit(f"faults: no {path}")
    for name in [name for name in os.environ if name.startswith("LMZIP_")]:
        del os.environ[name]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it, and so would what it starts
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run_all(options, trial.Stage(lmzip, library, folder)))


def prepared(options, stage):
    """The groups of all scenarios, in the seed's order."""
    rng = random.Random(options.seed)
    groups = []
    for scenario in scenarios.scenarios(stage.lmzip, options.make_model):
        if options.scenario and options.scenario not in scenario.name:
            continue
        good = stage.play(scenario, trial.Disturbance())
        if good.calls["any"] == 0:
            sys.exit("faults: the library counts nothing: is the program linked statically?")
        check_good(scenario, good, stage.lmzip)
        for kind, disturbances, turn in groups_of(scenario, good, rng):
            if options.only in (None, kind):
                groups.append(Group(kind, scenario, good, disturbances, turn))
    rng.shuffle(groups)
    return groups


def walk(groups):
    """Takes from each group in turn, for ever or until all are spent."""
    while groups:
        groups = [group for group in groups if not group.spent]
        for group in groups:
            for _ in range(group.turn):
                disturbance = next(group.disturbances, None)
                group.spent = disturbance is None
                if group.spent:
                    break
                yield group, disturbance


def run_all(options, stage):
    runs, statuses, bad, missed, start = collections.Counter(), collections.Counter(), 0, 0, time.monotonic()
    for group, disturbance in itertools.islice(walk(prepared(options, stage)), options.runs):
        try:
            now = stage.play(group.scenario, disturbance, group.good.seconds)
        except KeyboardInterrupt:
            print(f"interrupted: {repeat_command(stage, group.scenario, disturbance)}")
            bad += 1  # what was not run proves nothing
            break
        runs[group.kind] += 1
        statuses[now.status] += 1
        missed += now.struck == 0 and bool(disturbance.fault)
        wrong = list(trial.complaints(group.scenario, disturbance, group.good, now))
        if wrong:
            bad += 1
            print(f"{repeat_command(stage, group.scenario, disturbance)}\n  {'; '.join(wrong)}; status {now.status}\n"
                  f"  {now.err[:300]!r}", flush=True)
    print(f"{sum(runs.values())} runs in {time.monotonic() - start:.0f} s, {bad} with complaints: " +
          ", ".join(f"{kind} {count}" for kind, count in sorted(runs.items())))
    print("statuses: " + ", ".join(f"{count} x {status}" for status, count in statuses.most_common()) +
          f"; {missed} faults waited for a call that was not made this time")
    return 1 if bad or not runs else 0


if __name__ == "__main__":
    main()
