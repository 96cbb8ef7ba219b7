"""Wishes written for this project (models/training/wishes): near misses of one another, each said in several ways.

    group<TAB>wish<TAB>text
    python -m verifier.wishes ../../fixtures/pairs/regression.tsv       (in models/training)

checks them: names the groups that are not three wishes in four ways, those that come too near one of the fixtures, and
those that come too near a group of another part.

Texts of one wish need the same answer; wishes of one group share subject and words and need different ones. That is what
the free sets have least of: rewordings that share little, beside others that share nearly all.
"""

import collections
import hashlib
import itertools
import pathlib
import random
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "wishes"
SET = "wishes"
PARTS = ("train", "judge", "calibrate", "dev", "test")
SEED = 20251130
# Cosines from which on two texts are too near: of a fixture, which would no longer measure; of another part's group.
NEAR_FIXTURE, NEAR_OTHER = 0.8, 0.85


def groups():
    """{group: {wish: [text]}} of every file."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in sorted(FOLDER.glob("*.tsv")):
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


def pairs(parts=PARTS, most=18):
    """(group, a, b, label): of each group in `parts` at most `most` pairs of either label, as many of both. Half of the
    near misses are those that share the most words, half of the rewordings those that share the fewest."""
    rng = random.Random(SEED)

    def choose(rows, count, sign):
        rows = sorted(rows, key=lambda row: sign * overlap(*row))
        hard, rest = rows[:count // 2], rows[count // 2:]
        return hard + rng.sample(rest, min(len(rest), count - len(hard)))

    for name, wishes in sorted(groups().items()):
        if part(name) not in parts:
            continue
        same = [pair for texts in wishes.values() for pair in itertools.combinations(texts, 2)]
        other = [pair for x, y in itertools.combinations(sorted(wishes), 2)
                 for pair in itertools.product(wishes[x], wishes[y])]
        count = min(most, len(same), len(other))
        for rows, label, sign in ((same, 1, 1), (other, 0, -1)):
            for a, b in choose(rows, count, sign):
                yield name, *((a, b) if rng.random() < 0.5 else (b, a)), label


def strangers(parts, count):
    """(group, a, b, 0): for each group `count` pairs of a text of it with one of another group of the same part, so that
    sharing nothing is not learnt to be the mark of a rewording."""
    rng = random.Random(SEED)
    every = groups()
    text = lambda name: rng.choice(every[name][rng.choice(sorted(every[name]))])
    for chosen in sorted(parts):
        names = sorted(name for name in every if part(name) == chosen)
        for name in names:
            for _ in range(count):
                yield name, text(name), text(rng.choice([other for other in names if other != name])), 0


def check(fixtures):
    """The groups that should not be here, and why."""
    import numpy as np
    from dejatrain import fold, golden
    model = golden.Model(FOLDER.parent.parent / "deja-en-v2")
    embed = lambda texts: np.array([model.embed(fold.tokens(text)) for text in texts], np.float32)
    every = groups()
    for name, wishes in every.items():
        if sorted(map(len, wishes.values())) != [4, 4, 4]:
            yield name, "is not three wishes in four ways"
    names = np.array([name for name, wishes in every.items() for texts in wishes.values() for _ in texts])
    vectors = embed([text for wishes in every.values() for texts in wishes.values() for text in texts])
    with open(fixtures, encoding="utf-8") as file:
        known = embed(sorted({text for line in file for text in line.split("\t")[1:3]}))
    parts = np.array([part(name) for name in names])
    for name in np.unique(names[(vectors @ known.T).max(1) >= NEAR_FIXTURE]):
        yield name, "comes near a fixture"
    for chosen in PARTS:
        mine, others = np.flatnonzero(parts == chosen), np.flatnonzero(parts != chosen)
        near = np.concatenate([(vectors[mine[i:i + 2000]] @ vectors[others].T).max(1) for i in range(0, len(mine), 2000)])
        for name in np.unique(names[mine[near >= NEAR_OTHER]]):
            yield name, f"({chosen}) comes near a group of another part"


if __name__ == "__main__":
    found = list(check(sys.argv[1]))
    for name, why in found:
        print(name, why)
    print(f"{len(groups())} groups, {len(found)} complaints")
