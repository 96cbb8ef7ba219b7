"""Wishes written for this project (models/training/wishes): near misses of one another, each said in several ways.

    group<TAB>wish<TAB>text

Texts of one wish need the same answer; wishes of one group share subject and words and need different ones. That is what
the free sets have least of: rewordings that share little, beside others that share nearly all.
"""

import collections
import hashlib
import itertools
import pathlib
import random

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "wishes"
SET = "wishes"
LICENCE = "the repository's"
SEED = 20251130


def groups(folder=FOLDER):
    """{group: {wish: [text]}} of every file."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in sorted(pathlib.Path(folder).glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            columns = line.split("\t")
            if len(columns) != 3 or not all(columns):
                raise ValueError(f"{path.name}, line {number}: not 'group wish text'")
            found[columns[0]][columns[1]].append(columns[2])
    return found


def part(group):
    """`train` (what the verifier learns), `judge`, `calibrate`, `dev` or `test`, by the SHA-256 of the group's name."""
    byte = hashlib.sha256(("deja wishes 1:" + group).encode()).digest()[0]
    return ("train" if byte < 190 else "judge" if byte < 203 else "calibrate" if byte < 220 else
            "dev" if byte < 232 else "test")


def overlap(a, b):
    """Jaccard of the words."""
    a, b = set(a.lower().split()), set(b.lower().split())
    return len(a & b) / len(a | b)


def pairs(parts, most=18, folder=FOLDER):
    """(group, a, b, label): of each group in `parts` at most `most` pairs of either label, as many of both. Half of the
    near misses are those that share the most words, half of the rewordings those that share the fewest."""
    rng = random.Random(SEED)

    def choose(rows, count, sign):
        rows = sorted(rows, key=lambda row: sign * overlap(*row))
        hard, rest = rows[:count // 2], rows[count // 2:]
        return hard + rng.sample(rest, min(len(rest), count - len(hard)))

    for name, wishes in sorted(groups(folder).items()):
        if part(name) not in parts:
            continue
        same = [pair for texts in wishes.values() for pair in itertools.combinations(texts, 2)]
        other = [pair for x, y in itertools.combinations(sorted(wishes), 2)
                 for pair in itertools.product(wishes[x], wishes[y])]
        count = min(most, len(same), len(other))
        for rows, label, sign in ((same, 1, 1), (other, 0, -1)):
            for a, b in choose(rows, count, sign):
                yield name, *((a, b) if rng.random() < 0.5 else (b, a)), label


def strangers(parts, count, folder=FOLDER):
    """(group, a, b, 0): for each group `count` pairs of a text of it with one of another group of the same part, so that
    sharing nothing is not learnt to be the mark of a rewording."""
    rng = random.Random(SEED)
    every = groups(folder)
    of = {part_name: sorted(name for name in every if part(name) == part_name) for part_name in sorted(parts)}
    text = lambda name: rng.choice(every[name][rng.choice(sorted(every[name]))])
    for names in of.values():
        for name in names:
            for _ in range(count):
                yield name, text(name), text(rng.choice([other for other in names if other != name])), 0
