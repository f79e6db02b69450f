#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Man pages and completions out of what `lmzip --help` says.

    scripts/package/manual.py PROGRAM FOLDER

--help is where options are described; pages and completions that were written by hand would soon say something else.
Writes FOLDER/man/lmzip.1.gz and lmzip-COMMAND.1.gz, and FOLDER/completions/lmzip (bash), _lmzip (zsh), lmzip.fish.
"""
import gzip
import pathlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field


@dataclass
class Option:
    names: list  # ["-o", "--output"]
    value: str  # "FILE", or "" for a flag
    text: str


@dataclass
class Help:
    usage: list
    about: list
    groups: list = field(default_factory=list)  # (title, [Option])
    lists: list = field(default_factory=list)  # (title, [(word, text)]): commands, actions
    notes: list = field(default_factory=list)  # lines behind the options

    def options(self):
        return [option for _, options in self.groups for option in options]


ITEM = re.compile(r"  (\S.*?)(?:  +(.*))?")


def parse(text):
    """What a --help says, by its layout: usage, about, titled groups of options, lists of words, and what is left."""
    blocks = [block.split("\n") for block in re.split(r"\n\n+", text.strip("\n"))]
    usage, about = [], []
    for line in blocks.pop(0):
        (usage if not about and (line.startswith("Usage:") or line.startswith("       ")) else about).append(line)
    result = Help([line.removeprefix("Usage:").strip() for line in usage], about)
    if about and about[-1].endswith(":"):  # commands follow at once
        title = about.pop()
        blocks[0].insert(0, title)
    for block in blocks:
        first = block[0]
        items = [ITEM.fullmatch(line) for line in block[1:]]
        if not first.startswith(" ") and first.endswith(":") and items and all(items):
            pairs = [(item[1], item[2] or "") for item in items]
            if pairs[0][0].startswith("-"):
                result.groups.append((first[:-1], [option_of(*pair) for pair in pairs]))
                continue
            if all(re.fullmatch(r"[a-z0-9-]+", word) for word, _ in pairs):
                result.lists.append((first[:-1], pairs))
                continue
        result.notes.append(block)
    return result


def option_of(names, text):
    if names == "-1 ... -9":
        return Option([f"-{level}" for level in range(1, 10)], "", text)
    names, _, value = names.partition(" ")
    return Option(names.split(","), value, text)


class Manual:
    """One page, in the macros of man(7)."""

    def __init__(self, name, about, version):
        self.lines = [f'.TH {name.upper()} 1 "" "lmzip {version}" "User Commands"', ".SH NAME",
                      f"{roff(name)} \\- {roff(about)}"]

    def section(self, title, lines=()):
        self.lines += [f".SH {quoted(title.upper())}", *lines]

    def subsection(self, title):
        self.lines.append(f".SS {quoted(title)}")

    def literal(self, lines):
        self.lines += [".PP", ".nf", *map(roff, lines), ".fi"]

    def options(self, options):
        for option in options:
            shown = ["-1", "...", "-9"] if "-9" in option.names else [", ".join(option.names)]
            bold = " ".join(f"\\fB{roff(part)}\\fR" for part in shown)
            value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
            self.lines += [".TP", bold + value, roff(option.text)]

    def words(self, pairs):
        for word, text in pairs:
            self.lines += [".TP", f"\\fB{roff(word)}\\fR", roff(text)]

    def text(self):
        return "\n".join(self.lines) + "\n"


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def quoted(text):
    return '"' + roff(text).replace('"', "'") + '"'


def page(name, help_, version, below, others):
    """`below`: the helps of what stands under a command of its own name, such as `lmzip bench table1`."""
    about = help_.about[0].split(". ")[0].rstrip(".")
    manual = Manual(name, about[0].lower() + about[1:], version)
    manual.section("Synopsis")
    manual.literal(help_.usage)
    manual.section("Description", [roff(line) for line in help_.about])
    for title, pairs in help_.lists:
        manual.subsection(title)
        manual.words(pairs)
    manual.section("Options")
    for title, options in help_.groups:
        manual.subsection(title)
        manual.options(options)
    for word, one in below:
        manual.section(f"{name.replace('-', ' ')} {word}")
        manual.literal(one.usage)
        manual.lines += [".PP", *map(roff, one.about)]
        for title, options in one.groups:
            manual.subsection(title)
            manual.options(options)
        for block in one.notes:
            manual.literal(block)
    if help_.notes:
        manual.section("Notes")
        for block in help_.notes:
            manual.literal(block)
    manual.section("See also", [", ".join(f"\\fB{roff(other)}\\fR(1)" for other in others if other != name)])
    return manual.text()


CHOICES = {"--progress": "auto json never", "--device": "auto cpu cuda", "--precision": "fp32 bf16 auto",
           "--optimizer": "muon adamw", "--schedule": "cosine linear", "--lengths": "bytes bits",
           "--order": "rows raster", "--format": "jsonl csv md html"}


def values_of(option):
    """What may stand behind an option: words, "codec", "model", "file", "folder" or "" (anything)."""
    for name in option.names:
        if name in CHOICES:
            return CHOICES[name]
    if "--codec" in option.names:
        return "codec"
    if "--model" in option.names or "--init" in option.names:
        return "model"
    if option.value in ("DIR", "DIRS"):
        return "folder"
    return "file" if option.value in ("FILE", "PATH") else ""


CODECS = "lmzip codecs 2>/dev/null | sed -nE 's/^([a-z0-9]+) .*/\\1/p'"
MODELS = "lmzip model list 2>/dev/null | sed -nE '2,$s/ .*//p'"


def bash(helps):
    def words(help_):
        return " ".join(name for option in help_.options() for name in option.names)

    def cases(help_):
        groups = {}
        for option in help_.options():
            if option.value:
                groups.setdefault(values_of(option), []).extend(option.names)
        lines = []
        for values, names in groups.items():
            what = {"file": "files", "folder": "folders", "": "return",
                    "codec": f'words "$({CODECS})"', "model": f'files; words "$({MODELS})"'}.get(values)
            lines.append(f"    {'|'.join(names)}) {what or f'words {chr(34)}{values}{chr(34)}'}; return ;;")
        return lines

    text = ["# Completion of lmzip for bash; made from its --help.", "_lmzip() {",
            "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word",
            "  COMPREPLY=()",
            '  words() { mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$1" -- "$current"); }',
            '  files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); }',
            '  folders() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); }',
            f"  local commands='{' '.join(name for name in helps if name)}'",
            '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
            '    [[ " $commands " != *" $word "* ]] || { command=$word; break; }', "  done",
            "  case $command in"]
    for name, help_ in helps.items():
        lines = cases(help_)
        text += [f"  {name or chr(39) * 2})", f"    local options='{words(help_)}'", "    case $previous in",
                 *lines, "    esac ;;"]
    text += ["  esac", "  if [[ $current == -* ]]; then", '    words "$options"', "  else", "    files",
             '    [[ -n $command || COMP_CWORD -ne 1 ]] || words "$commands"', "  fi", "}",
             "complete -F _lmzip lmzip unlmzip lmzcat"]
    return "\n".join(text) + "\n"


def zsh(helps):
    def escaped(text):
        return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")

    def specs(help_):
        for option in help_.options():
            values = values_of(option)
            action = {"file": "_files", "folder": "_files -/", "": " ", "codec": "_lmzip_codecs",
                      "model": "_lmzip_models"}.get(values, f"({values})")
            value = f":{escaped(option.value)}:{action}" if option.value else ""
            for name in option.names:
                yield f"    '*{name}[{escaped(option.text)}]{value}'"

    text = ["#compdef lmzip unlmzip lmzcat", "# Completion of lmzip for zsh; made from its --help.",
            f"_lmzip_codecs() {{ compadd -- ${{(f)\"$({CODECS})\"}} }}",
            f"_lmzip_models() {{ _files; compadd -- ${{(f)\"$({MODELS})\"}} }}", "_lmzip() {",
            "  local -a commands", "  commands=("]
    text += [f"    '{name}:{escaped(help_.about[0])}'" for name, help_ in helps.items() if name]
    text += ["  )", "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then",
             "    _describe command commands; _files; return", "  fi", "  case $words[2] in"]
    for name, help_ in sorted(helps.items(), reverse=True):  # the form without a command comes last
        text += [f"  {name or '*'})", "    _arguments -s -S \\"]
        text += [spec + " \\" for spec in specs(help_)] + ["    '*:file:_files' ;;"]
    return "\n".join(text + ["  esac", "}", '_lmzip "$@"']) + "\n"


def fish(helps):
    def escaped(text):
        return text.replace("\\", "\\\\").replace("'", "\\'")

    commands = " ".join(name for name in helps if name)
    text = ["# Completion of lmzip for fish; made from its --help."]
    for name, help_ in helps.items():
        if name:
            text.append(f"complete -c lmzip -n __fish_use_subcommand -a {name} -d '{escaped(help_.about[0])}'")
        when = f"__fish_seen_subcommand_from {name}" if name else f"not __fish_seen_subcommand_from {commands}"
        for option in help_.options():
            line = f"complete -c lmzip -n '{when}'"
            for one in option.names:
                line += f" -l {one[2:]}" if one.startswith("--") else f" -s {one[1:]}"
            values = values_of(option)
            if option.value:
                line += {"file": " -r -F", "folder": " -x -a '(__fish_complete_directories)'", "": " -x",
                         "codec": f' -x -a "({CODECS.replace("$", chr(92) + "$")})"',
                         "model": f' -r -F -a "({MODELS.replace("$", chr(92) + "$")})"'}.get(
                             values, f" -x -a '{values}'")
            text.append(f"{line} -d '{escaped(option.text)}'")
    return "\n".join(text) + "\n"


def main():
    program, folder = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])

    def said(*words):
        return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout

    version = said("--version").split()[1]
    helps = {"": parse(said("--help"))}
    below = {}
    for word, _ in helps[""].lists[0][1]:
        helps[word] = one = parse(said(word, "--help"))
        actions = [action for _, pairs in one.lists for action, _ in pairs]
        for line in one.usage:  # lmzip sample image
            if match := re.match(rf"lmzip {word} ([a-z0-9]+) \[", line):
                actions.append(match[1])
        below[word] = [(action, parse(said(word, action, "--help"))) for action in actions]
        for _, other in below[word]:  # for completion, all that the command may know
            known = {name for option in one.options() for name in option.names}
            more = [option for option in other.options() if not known & set(option.names)]
            if more:
                one.groups.append(("", more))
    pages = {word: f"lmzip-{word}" if word else "lmzip" for word in helps}
    for name in ("man", "completions"):
        shutil.rmtree(folder / name, ignore_errors=True)  # commands come and go
        (folder / name).mkdir(parents=True)
    for alias in ("unlmzip", "lmzcat"):
        (folder / "man" / f"{alias}.1.gz").symlink_to("lmzip.1.gz")
    for word, one in helps.items():
        printed = Help(one.usage, one.about, [group for group in one.groups if group[0]], one.lists, one.notes)
        text = page(pages[word], printed, version, below.get(word, []), pages.values())
        (folder / "man" / f"{pages[word]}.1.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    for name, make in (("lmzip", bash), ("_lmzip", zsh), ("lmzip.fish", fish)):
        (folder / "completions" / name).write_text(make(helps))


if __name__ == "__main__":
    main()
