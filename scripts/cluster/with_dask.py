#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dask: on the processors of this machine or on a cluster of its workers.

    with_dask.py compress FILE OUT.lmz N [OPTION...]   in N parts
    with_dask.py restore FILE.lmz OUT                  by (path, offset, length), as `lmzip list --json --blocks` tells them

DASK_SCHEDULER (tcp://...) names a running scheduler, of python3-distributed; without it this machine's threads start
the processes. All workers see the files under the same paths. What is in the two lists below is all that another engine
needs: with Spark, sc.parallelize(tasks, len(tasks)).foreach(run).
"""
import os
import pathlib
import shutil
import subprocess
import sys

PARTS = str(pathlib.Path(__file__).resolve().parent / "parts.sh")


def run(task):
    subprocess.run(task, check=True)


def compute(tasks):
    import dask.bag
    bag = dask.bag.from_sequence(tasks, npartitions=len(tasks)).map(run)
    if scheduler := os.environ.get("DASK_SCHEDULER"):
        from dask.distributed import Client
        with Client(scheduler):
            bag.compute()
    else:
        bag.compute(scheduler="threads")


def compress(file, out, count, *options):
    file, out = os.path.realpath(file), os.path.realpath(out)
    tasks = [[PARTS, "compress", file, str(i + 1), count, out + ".parts", *options]
             for i in range(int(count))]
    compute(tasks)
    run([PARTS, "join", count, out + ".parts", out])
    shutil.rmtree(out + ".parts")


def restore(file, out):
    file, out = os.path.realpath(file), os.path.realpath(out)
    if os.path.exists(out):
        sys.exit(f"with_dask: {out} exists")
    unfinished = out + ".unfinished"
    open(unfinished, "wb").close()
    ranges = subprocess.run([PARTS, "ranges", file, "64"], check=True, capture_output=True, text=True).stdout.split()
    if ranges:
        compute([[PARTS, "restore", file, one, unfinished] for one in ranges])
    os.rename(unfinished, out)


def main():
    action, arguments = sys.argv[1:2], sys.argv[2:]
    if action == ["compress"] and len(arguments) >= 3 and arguments[2].isdigit():
        compress(*arguments)
    elif action == ["restore"] and len(arguments) == 2:
        restore(*arguments)
    else:
        print(__doc__)
        sys.exit(0 if action and action[0] in ("-h", "--help") else 1)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"with_dask: {error.cmd[1]} failed")
