"""Writes Sources/TextEmbedding/FoldTable+data.swift: fold.py's rules for every code point.

python -m dejatrain.make_fold_table ../../Sources/TextEmbedding/FoldTable+data.swift
"""

import sys
import unicodedata

from . import fold

CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]


def class_runs():
    """(first code point, class) wherever the class changes."""
    runs, last = [], None
    for code in CODES:
        kind = fold.class_of(code)
        if kind != last:
            runs.append(f"{code:x}{kind}")
            last = kind
    return runs


def folds():
    """first-count:target for runs that keep their distance; first:a,b for sequences; first: for none."""
    found, run = [], None
    for code in CODES:
        to = fold.fold_code(code)
        if to == chr(code):
            continue
        if len(to) == 1:
            if run and code == run[0] + run[1] and ord(to) == run[2] + run[1]:
                run[1] += 1
                continue
            run = [code, 1, ord(to)]
            found.append(run)
        else:
            found.append((code, to))
    return [f"{e[0]:x}-{e[1]:x}:{e[2]:x}" if isinstance(e, list) else
            f"{e[0]:x}:" + ",".join(f"{ord(c):x}" for c in e[1]) for e in found]


def lines(words, width=112):
    line = ""
    for word in words:
        if line and len(line) + len(word) + 1 > width:
            yield line.rstrip()
            line = ""
        line += word + " "
    yield line.rstrip()


def main():
    with open(sys.argv[1], "w") as file:
        file.write("// Written by models/training/dejatrain/make_fold_table.py from Unicode "
                   f"{unicodedata.unidata_version}; do not edit.\n\nextension FoldTable {{\n")
        for name, words, note in [
            ("classRuns", class_runs(), "First code point of each run, in hexadecimal, and the run's class."),
            ("folds", folds(), "`first-count:target` for a run that keeps its distance, `code:a,b,…` for a sequence."),
        ]:
            file.write(f"    /// {note}\n    static let {name}: StaticString = \"\"\"\n")
            file.writelines(f"        {line}\n" for line in lines(words))
            file.write("        \"\"\"\n")
        file.write("}\n")


if __name__ == "__main__":
    main()
