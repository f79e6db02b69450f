# SPDX-License-Identifier: Apache-2.0
"""One run of the program under faults, and what is demanded of it."""
import dataclasses
import mmap
import os
import re
import shutil
import signal
import struct
import subprocess
import time

# In the order of the library's counters.
KINDS = ("init alloc map thread open create read write say poll sync syncfolder truncate seek close stat attributes "
         "rename renameat2 link unlink any").split()
FIRM = {"create", "write", "sync", "close"}  # what fails here is told, though all looks well
PATIENCE = 60  # s, on a busy core: then it hangs
MODE = 0o640  # of all files that are there before
TEMPORARY = re.compile(r"\..+\.[A-Za-z0-9]{6}")
MEANS = {"EAGAIN": "Resource temporarily unavailable", "EINTR": "Interrupted system call", "EIO": "Input/output error",
         "ENOSPC": "No space left on device",
         # libpng has its own words, and a thread for which glibc finds no memory is EAGAIN.
         "ENOMEM": "ot enough memory|Cannot allocate memory|insufficient memory|Out of memory|cannot start (a )?thread"}


@dataclasses.dataclass
class Outcome:
    """What a run left behind. `files`: name -> bytes, links as str."""
    status: int
    out: bytes
    err: str
    files: dict
    calls: dict
    struck: int
    seconds: float
    wide: list  # files that more people may read than could read the source


@dataclasses.dataclass
class Disturbance:
    """`fault` is for the library. `kill`: a signal, after that share of the time an undisturbed run takes. `close`: the
    reader of stdout goes away after so many bytes."""
    fault: str = ""
    kill: str = ""
    after: float = 0
    close: int = -1

    def __str__(self):
        if self.kill:
            return f"{self.kill} after {self.after:.4f} of the time"
        return f"closed after {self.close} bytes" if self.close >= 0 else self.fault or "nothing"

    def kinds(self):
        return {part.split(":")[0] for part in self.fault.split(",") if part}

    def signals(self):
        """Those of which the program may die."""
        named = [part.split(":")[2] for part in self.fault.split(",") if part] + [self.kill]
        found = {getattr(signal, "SIG" + name) for name in named if hasattr(signal, "SIG" + name)}
        return found | ({signal.SIGPIPE} if self.close >= 0 else set())


class Stage:
    """A folder in which scenarios are played."""

    def __init__(self, lmzip, library, folder):
        self.lmzip, self.library = lmzip, library
        self.work, self.notes = os.path.join(folder, "work"), os.path.join(folder, "notes")
        os.mkdir(self.notes)
        self.record = os.path.join(self.notes, "record")
        with open(self.record, "wb") as file:
            file.write(bytes(8 * (len(KINDS) + 1)))
        with open(self.record, "r+b") as file:
            self.counts = mmap.mmap(file.fileno(), 0)

    def prepare(self, scenario):
        shutil.rmtree(self.work, ignore_errors=True)
        os.mkdir(self.work)
        for name, content in scenario.files.items():
            path = os.path.join(self.work, name)
            if isinstance(content, str):
                os.symlink(content, path)
                continue
            with open(path, "wb") as file:
                file.write(content)
            os.chmod(path, MODE)

    def found(self):
        files, wide = {}, []
        for entry in os.scandir(self.work):
            if entry.is_symlink():
                files[entry.name] = os.readlink(entry.path)
                continue
            with open(entry.path, "rb") as file:
                files[entry.name] = file.read()
            if entry.stat().st_mode & 0o777 & ~MODE:
                wide.append(entry.name)
        return files, wide

    def play(self, scenario, disturbance, seconds=0.0):
        """One run. `seconds` is how long an undisturbed one takes."""
        self.prepare(scenario)
        self.counts[:] = bytes(len(self.counts))
        faults = ",".join(part for part in (scenario.always, disturbance.fault) if part)
        environment = {"LC_ALL": "C", "HOME": self.notes, "PATH": "/usr/bin:/bin", "LD_PRELOAD": self.library,
                       "LMZIP_FAULT": faults, "LMZIP_FAULT_RECORD": self.record}
        stdin = os.open(os.path.join(self.work, scenario.stdin) if scenario.stdin else os.devnull, os.O_RDONLY)
        out_path, err_path = os.path.join(self.notes, "out"), os.path.join(self.notes, "err")
        start = time.monotonic()
        with open(out_path, "wb") as out_file, open(err_path, "wb") as err_file:
            out = subprocess.PIPE if scenario.stdout == "pipe" else out_file
            process = subprocess.Popen([self.lmzip, *scenario.arguments.split()], stdin=stdin, stdout=out,
                                       stderr=err_file, cwd=self.work, env=environment, umask=0o022)
            os.close(stdin)
            try:
                if disturbance.kill:
                    time.sleep(disturbance.after * seconds)
                    process.send_signal(getattr(signal, "SIG" + disturbance.kill))
                written = b""
                if disturbance.close >= 0 and process.stdout:
                    written = process.stdout.read(disturbance.close)
                    process.stdout.close()
                    process.wait(PATIENCE)
                else:
                    written = process.communicate(timeout=PATIENCE)[0] or b""
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                process.returncode = None
        took = time.monotonic() - start
        if scenario.stdout == "file":
            with open(out_path, "rb") as file:
                written = file.read()
        with open(err_path, "rb") as file:
            err = file.read().decode(errors="replace")
        numbers = struct.unpack(f"={len(KINDS) + 1}Q", self.counts[:])
        files, wide = self.found()
        return Outcome(process.returncode, written, err, files, dict(zip(KINDS, numbers)), numbers[-1], took, wide)


def complaints(scenario, disturbance, good, now):
    """What is wrong with the outcome `now` of a disturbed run that ends as `good` when it is left alone."""
    return [*wrong_status(disturbance, good, now), *wrong_words(scenario, disturbance, good, now),
            *wrong_files(scenario, disturbance, good, now)]


def wrong_status(disturbance, good, now):
    if now.status is None:
        yield f"hangs: no end after {PATIENCE} s"
    elif now.status < 0 and -now.status not in disturbance.signals():
        yield f"died of signal {-now.status}"
    elif now.status > 2 or now.status == 0 != good.status:
        yield f"status {now.status}"
    elif now.status > 0 == good.status and (now.struck == 0 or disturbance.signals()):
        yield f"status {now.status}, but no call has failed"
    elif now.status == 0 and now.struck and disturbance.kinds() & FIRM and disturbance.fault[-3:] in ("EIO", "SPC"):
        yield "a failure that goes unmentioned"


def wrong_words(scenario, disturbance, good, now):
    lines = [line for line in now.err.splitlines() if not scenario.notes or not line.startswith("{")]
    if now.status is None:
        return
    if now.status <= 0:
        if lines and not good.err.startswith(now.err):
            yield "words on stderr, but no error"
        return
    if "say" in disturbance.kinds() and ("EIO" in disturbance.fault or "EAGAIN" in disturbance.fault):
        return  # nobody could be told
    words = scenario.arguments.replace("./", "").split()
    most = max(1, len(good.err.splitlines()), sum(name in words for name in scenario.files))
    if not 1 <= len(lines) <= most or not now.err.endswith("\n"):
        yield f"{len(lines)} lines on stderr"
    for line in lines:
        if not line.startswith("lmzip: ") or len(line) < 12:
            yield "a line that is no message of lmzip"
    what = disturbance.fault.split(":")[2] if disturbance.fault and "," not in disturbance.fault else ""
    if now.err != good.err and what in MEANS and not re.search(MEANS[what], now.err):
        yield f"not a word of {what}"


def wrong_files(scenario, disturbance, good, now):
    before = scenario.files
    cleaned = signal.SIGKILL not in disturbance.signals() and "unlink" not in disturbance.kinds()
    for name, content in now.files.items():
        if name in before or name in good.files:
            if content not in (before.get(name), good.files.get(name)):
                yield f"{name} is neither the old file nor the whole new one"
        elif cleaned:
            yield f"{name} is left over"
        elif not TEMPORARY.fullmatch(name):
            yield f"{name} is left over, and not called as a temporary file is"
    for name in before:
        if name in now.files:
            continue
        if name in good.files:
            yield f"{name} is lost"
        elif now.files.get(scenario.made.get(name)) != good.files[scenario.made[name]]:
            yield f"{name} is lost, and what was made of it is not there"
    wide = {name for name in now.wide if name not in good.wide and name[1:-7] not in good.wide}
    if wide:
        yield f"more may read {', '.join(wide)}"
    complete = now.out == good.out if disturbance.close < 0 else good.out.startswith(now.out)
    kept = {name: content for name, content in now.files.items() if name in before or name in good.files}
    if now.status == 0 and (kept != good.files or not complete):
        yield "success, but not what should be there"
    if not good.out.startswith(now.out) and not scenario.tables:
        yield "stdout is not the beginning of the good one"
