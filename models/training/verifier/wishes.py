"""Wishes written for this project (models/training/wishes): near misses of one another, each said in several ways.

    group<TAB>wish<TAB>text
    python -m verifier.wishes ../../fixtures/pairs/regression.tsv       (in models/training)

checks them: names the groups that are not three wishes in five ways (the wishes of a desk that are not in eight), those
that come too near one of the fixtures, and those that come too near a group of another part (of such a pair the one that
is not of the training part).

Texts of one wish need the same answer; wishes of one group share subject and words and need different ones. That is what
the free sets have least of: rewordings that share little, beside others that share nearly all. A desk is a large group:
what the users of one company's assistant want, near misses and quite different things. The last texts of a wish are
twins, each of one of its other texts: the same style and most of the words. Without them two texts of one style are
always different wishes, and that is what a model learns.
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


def domain(group):
    """Groups whose names differ in their number only are about one domain; a desk is one by itself."""
    return group if group.startswith("desk") else group.rstrip("0123456789")


def pairs(parts=PARTS, most=2):
    """(group, a, b, label): of each group in `parts` at most `most` pairs of either label for each of its texts, as many
    of both. A third of either label are those that share the most words, so that sharing many says nothing; a third of
    the rewordings are those that share the fewest."""
    rng = random.Random(SEED)

    def choose(rows, count, fewest):
        rows, third = sorted(rows, key=lambda row: overlap(*row)), count // 3
        far, rest, near = rows[:third * fewest], rows[third * fewest:len(rows) - third], rows[len(rows) - third:]
        return far + near + rng.sample(rest, count - len(far) - len(near))

    for name, wishes in sorted(groups().items()):
        if part(name) not in parts:
            continue
        same = [pair for texts in wishes.values() for pair in itertools.combinations(texts, 2)]
        other = [pair for x, y in itertools.combinations(sorted(wishes), 2)
                 for pair in itertools.product(wishes[x], wishes[y])]
        count = min(most * sum(map(len, wishes.values())), len(same), len(other))
        for rows, label in ((same, 1), (other, 0)):
            for a, b in choose(rows, count, fewest=label):
                yield name, *((a, b) if rng.random() < 0.5 else (b, a)), label


def strangers(parts, count):
    """(group, a, b, 0): for each group `count` pairs of a text of it with one of another group of the same part, half of
    them of the same domain, so that sharing nothing is not learnt to be the mark of a rewording."""
    rng = random.Random(SEED)
    every = groups()
    text = lambda name: rng.choice(every[name][rng.choice(sorted(every[name]))])
    for chosen in sorted(parts):
        names = sorted(name for name in every if part(name) == chosen)
        domains = collections.defaultdict(list)
        for name in names:
            domains[domain(name)].append(name)
        for name in names:
            near = [other for other in domains[domain(name)] if other != name]
            for i in range(count):
                among = near if near and i % 2 else [other for other in names if other != name]
                yield name, text(name), text(rng.choice(among)), 0


def check(fixtures):
    """The groups, and the wishes of desks, that should not be here, and why."""
    import numpy as np
    from dejatrain import fold, golden
    model = golden.Model(FOLDER.parent.parent / "deja-en-v2")
    embed = lambda texts: np.array([model.embed(fold.tokens(text)) for text in texts], np.float32)
    names, parts, texts = [], [], []
    for group, wishes in groups().items():
        is_desk = group.startswith("desk")
        if not is_desk and sorted(wishes) != ["a", "b", "c"]:
            yield group, "is not three wishes"
        for wish, ways in wishes.items():
            name = f"{group} {wish}" if is_desk else group
            if len(ways) != (8 if is_desk else 5):
                yield name, f"is said in {len(ways)} ways"
            names += [name] * len(ways)
            parts += [part(group)] * len(ways)
            texts += ways
    names, parts, vectors = np.array(names), np.array(parts), embed(texts)
    with open(fixtures, encoding="utf-8") as file:
        known = embed(sorted({text for line in file for text in line.split("\t")[1:3]}))
    for name in np.unique(names[(vectors @ known.T).max(1) >= NEAR_FIXTURE]):
        yield name, "comes near a fixture"
    for chosen in PARTS[1:]:
        mine, others = np.flatnonzero(parts == chosen), np.flatnonzero(parts != chosen)
        near = np.concatenate([(vectors[mine[i:i + 2000]] @ vectors[others].T).max(1) for i in range(0, len(mine), 2000)])
        for name in np.unique(names[mine[near >= NEAR_OTHER]]):
            yield name, f"({chosen}) comes near a group of another part"


if __name__ == "__main__":
    found = list(check(sys.argv[1]))
    for name, why in found:
        print(name, why)
    print(f"{len(groups())} groups, {len(found)} complaints")
