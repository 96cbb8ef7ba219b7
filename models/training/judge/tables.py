"""What is counted on training pairs: words, evidence, and how much a pair weighs."""

import collections
import math

import numpy as np

HALF = 0.5


def count_words(tool, rows, minimum=3):
    """Stem key → level of rarity, from the training prompts."""
    texts = sorted({text for row in rows for text in row[2:4]})
    lines = tool.run("vocabulary", "".join(f"{text}\n" for text in texts)).splitlines()
    total = int(lines[0].split("\t")[1])
    table = {}
    for line in lines[1:]:
        key, count = map(int, line.split("\t"))
        if count >= minimum:
            table[key] = max(0, min(255, round(15 * math.log(total / count))))
    return table, math.log(total / 2)


def write_table(path, table, unknown=None):
    with open(path, "w") as file:
        if unknown is not None:
            file.write(f"unknown\t{unknown:.4f}\n")
        for key in sorted(table):
            file.write(f"{key}\t{table[key]}\n")
    return str(path)


def weigh_evidence(keys, labels, weights, minimum=4, strength=6.0):
    """Key → level: smoothed log-odds of "one answer serves both" where the key occurs, against the base rate."""
    base = np.average(labels, weights=weights)
    counts = collections.defaultdict(lambda: [0.0, 0.0, 0])
    for row, label, weight in zip(keys, labels, weights):
        for key in set(row):
            cell = counts[key]
            cell[label] += weight
            cell[2] += 1
    table = {}
    for key, (negative, positive, number) in counts.items():
        if number < minimum:
            continue
        rate = (positive + strength * base) / (negative + positive + strength)
        odds = math.log(rate / (1 - rate)) - math.log(base / (1 - base))
        level = max(1, min(255, round(128 + 24 * odds)))
        if abs(level - 128) >= 6:
            table[key] = level
    return table


def set_weights(rows):
    """Large sets count less than their rows; sets of one label, which teach their style, less still."""
    sizes = collections.Counter(row[0] for row in rows)
    positives = collections.Counter(row[0] for row in rows if row[4])
    weights = []
    for row in rows:
        size = sizes[row[0]]
        weight = min(1.0, (6000 / size) ** 0.5)
        share = positives[row[0]] / size
        if row[0].startswith("edit_"):
            weight = HALF
        elif share < 0.02 or share > 0.98:
            weight *= 0.3
        weights.append(weight)
    return np.array(weights)
