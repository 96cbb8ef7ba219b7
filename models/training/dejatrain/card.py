"""Prints the model card's table of data sets: python -m dejatrain.card CORPUS"""

import json
import os
import sys

import numpy as np

from . import data, sets


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "counts.json")) as file:
        counts = json.load(file)
    _, clean, distil, pairs = data.load(folder)
    done = np.load(os.path.join(folder, "done.npy"))
    print("| set | licence | rows used | labels trained on | clean |")
    print("| --- | --- | --- | --- | --- |")
    for number, item in enumerate(sets.TRAINING):
        labels = int(((pairs["set"] == number) & (pairs["split"] == 0)).sum()) if item.labels else 0
        print(f"| {item.kind}/{item.name} | {item.licence} | {counts[item.name]} | {labels or '–'} | "
              f"{'yes' if item.clean else 'no'} |")
    print(f"| WordNet 3.0 glosses and made questions | WordNet licence | {counts['wordnet']} | – | yes |")
    known = done & distil
    print(f"\n{int(known.sum())} texts distilled by the full model, {int((known & clean).sum())} by the clean one.")


if __name__ == "__main__":
    main()
