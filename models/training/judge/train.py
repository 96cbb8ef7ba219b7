"""Fits the judge: features from `deja-features`, trees or a logistic model, calibration, the budget curve.

    python train.py --data DIR --tool PATH --out models/judge-v1 [--clean] [--embedder DIR]
"""

import argparse
import collections
import json
import math
import pathlib
import subprocess
import sys

import numpy as np

import data
import edits
import export
import risk

SEED = 20251121
FOLDS = 5
HALF = 0.5


class Tool:
    """The feature tool, and the files that it reads."""

    def __init__(self, path, work, embedder):
        self.path, self.work, self.embedder = path, pathlib.Path(work), embedder
        self.work.mkdir(parents=True, exist_ok=True)
        names = self.run("names", "").split()
        self.features = [name for name in names if not name.startswith("guard:")]
        self.guards = [name[6:] for name in names if name.startswith("guard:")]

    def run(self, mode, text, *options):
        result = subprocess.run([self.path, mode, *options], input=text.encode(), stdout=subprocess.PIPE, check=True)
        return result.stdout.decode()

    def pairs(self, rows, *options):
        """Features (n×F) and guard masks (n) of rows."""
        out = self.work / "features.bin"
        extra = ["--embedder", self.embedder] if self.embedder else []
        self.run("pairs", "".join(f"{r[2]}\t{r[3]}\n" for r in rows), *options, *extra, "--out", str(out))
        table = np.fromfile(out, dtype="<f4").reshape(-1, len(self.features) + 1)
        return table[:, :-1].copy(), table[:, -1].copy().view("<u4")


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


def fit_trees(x, y, w, names, rounds=400, leaves=20):
    import lightgbm
    parameters = dict(
        objective="binary", learning_rate=0.06, num_leaves=leaves, min_data_in_leaf=150, feature_fraction=0.6,
        bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0, max_bin=127, seed=SEED, deterministic=True,
        num_threads=2, verbose=-1, monotone_constraints=[1 if n == "cosine" else 0 for n in names])
    return lightgbm.train(parameters, lightgbm.Dataset(x, y, weight=w, feature_name=list(names)), rounds)


def expand(x, names):
    """Hinges of the telling features and products with the cosine, for the logistic model."""
    columns = [x]
    for name in ("cosine", "jaccard", "jaccardContent", "rareJaccard", "trigrams", "contentOrder", "evidenceSum"):
        column = x[:, list(names).index(name)]
        for quantile in (0.2, 0.4, 0.6, 0.8, 0.95):
            columns.append(np.maximum(0, column - np.quantile(column, quantile))[:, None])
        columns.append((column * x[:, 0])[:, None])
    return np.hstack(columns)


def auc(score, label):
    """Area under the ROC curve, ties counted half."""
    from sklearn.metrics import roc_auc_score
    return roc_auc_score(label, score) if 0 < label.mean() < 1 else float("nan")


def calibration_error(p, y, bins=15):
    """ECE over equal-width bins."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    return sum(abs(p[which == b].mean() - y[which == b].mean()) * (which == b).mean() for b in range(bins)
               if (which == b).any())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--work", default="cache/judge")
    parser.add_argument("--embedder")
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--edits", type=int, default=24_000)
    parser.add_argument("--compare", action="store_true", help="fit the logistic model too and print both")
    options = parser.parse_args()
    tool = Tool(options.tool, options.work, options.embedder)

    rows = list(data.read_pairs(options.data))
    buckets = np.array(data.splits(rows))
    held = np.array([row[0] in data.HELD_OUT for row in rows])
    unclean = np.array([row[0] in data.UNCLEAN for row in rows])
    usable = ~held & ~(unclean if options.clean else np.zeros(len(rows), bool))
    train = [rows[i] for i in np.flatnonzero(usable & (buckets >= 0) & (buckets < 70))]
    calibration = [rows[i] for i in np.flatnonzero(usable & (buckets >= 70) & (buckets < 85))]
    test = [rows[i] for i in np.flatnonzero(held | (buckets >= 85))]  # held-out sets whole, straddling rows too
    texts = sorted({t for r in train for t in r[2:4] if t.isascii()})
    later = sorted({t for r in calibration for t in r[2:4] if t.isascii()})
    train += list(edits.make(texts, options.edits, SEED))
    calibration += list(edits.make(later, options.edits // 4, SEED + 1))
    train = [(a, b, " ".join(c.split()), " ".join(d.split()), e) for a, b, c, d, e in train]
    calibration = [(a, b, " ".join(c.split()), " ".join(d.split()), e) for a, b, c, d, e in calibration]

    vocabulary, unknown = count_words(tool, [r for r in train if not r[0].startswith("edit_")])
    words = ["--vocabulary", write_table(tool.work / "vocabulary.tsv", vocabulary, unknown)]
    y = np.array([row[4] for row in train])
    w = set_weights(train)
    print(f"{len(train)} training, {len(calibration)} calibration, {len(test)} test pairs; {len(vocabulary)} words")

    # Evidence for a training row comes from the other folds, or it would tell its own label.
    lines = tool.run("evidence", "".join(f"{r[2]}\t{r[3]}\n" for r in train), *words).split("\n")
    keys = [[int(k) for k in line.split()] for line in lines[: len(train)]]
    real = np.array([not row[0].startswith("edit_") for row in train])
    fold = np.array([data.bucket(g, "fold") % FOLDS for g in data.groups(train)])
    x = np.zeros((len(train), len(tool.features)), np.float32)
    masks = np.zeros(len(train), np.uint32)
    for part in range(FOLDS):
        rest = np.flatnonzero((fold != part) & real)
        table = weigh_evidence([keys[i] for i in rest], y[rest], w[rest])
        path = write_table(tool.work / f"evidence-{part}.tsv", table)
        mine = np.flatnonzero(fold == part)
        x[mine], masks[mine] = tool.pairs([train[i] for i in mine], *words, "--evidence", path)
    everyone = np.flatnonzero(real)
    evidence = weigh_evidence([keys[i] for i in everyone], y[everyone], w[everyone])
    proof = ["--evidence", write_table(tool.work / "evidence.tsv", evidence)]
    print(f"{len(evidence)} words and word pairs of evidence")

    # Vetoed pairs are never served: the model may look at them, lightly, for the sake of `explain`.
    weights = w * np.where(masks != 0, 0.25, 1.0)
    model = fit_trees(x, y, weights, tool.features)
    cy = np.array([row[4] for row in calibration])
    cw = set_weights(calibration)

    # No user's prompts are of a domain that the model was fitted to, so it is calibrated on domains that it was not:
    # each domain's rows are scored by trees and evidence from all the others. The probability is the middle of both
    # worlds, fitted to the scores from outside and inside the domain; the budget looks at those from outside alone.
    cx, cmask = tool.pairs(calibration, *words, *proof)
    inside = model.predict(cx, raw_score=True)
    raw = inside.copy()
    train_domain = np.array([data.domain(row[0]) for row in train])
    calibration_domain = np.array([data.domain(row[0]) for row in calibration])
    for domain in sorted(set(calibration_domain)):
        mine = np.flatnonzero(calibration_domain == domain)
        if domain == "edits":
            continue
        others = np.flatnonzero(real & (train_domain != domain))
        rest = np.flatnonzero(train_domain != domain)
        part_model = fit_trees(x[rest], y[rest], weights[rest], tool.features, rounds=250)
        table = weigh_evidence([keys[i] for i in others], y[others], w[others])
        path = write_table(tool.work / "evidence-domain.tsv", table)
        dx, _ = tool.pairs([calibration[i] for i in mine], *words, "--evidence", path)
        raw[mine] = part_model.predict(dx, raw_score=True)
        print(f"domain {domain}: {len(mine)} pairs, AUC {auc(raw[mine], cy[mine]):.4f} from the other domains")
    passed = cmask == 0
    np.savez(tool.work / "calibration.npz", raw=raw, inside=inside, y=cy, w=cw, passed=passed)
    both = np.concatenate
    knots = risk.isotonic(both([raw[passed], inside[passed]]), both([cy[passed]] * 2), both([cw[passed]] * 2))
    probability = risk.interpolate(knots, raw)
    curve, note = risk.budget_curve(calibration, probability, passed, cy, SEED)

    tx, tmask = tool.pairs(test, *words, *proof)
    ty = np.array([row[4] for row in test])
    tp = risk.interpolate(knots, model.predict(tx, raw_score=True))
    np.savez(tool.work / "test.npz", p=tp, y=ty, mask=tmask, cosine=tx[:, 0], set=np.array([r[0] for r in test]))
    if options.compare:
        compare(x, y, weights, tx, ty, test, tool.features, tp)
    model.save_model(str(tool.work / "trees.txt"))
    manifest = export.write(
        options.out, tool, model, vocabulary, unknown, evidence, knots, curve, options, data, train, note)
    print(json.dumps({k: manifest[k] for k in ("identifier", "bytes", "trees")}, indent=1))
    report(test, tx, tmask, tp, ty, curve)


def compare(x, y, weights, tx, ty, test, names, tree_probability):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    scale = StandardScaler().fit(expand(x, names))
    logistic = LogisticRegression(C=0.3, max_iter=300).fit(scale.transform(expand(x, names)), y, sample_weight=weights)
    score = logistic.decision_function(scale.transform(expand(tx, names)))
    held = np.array([row[0] in data.HELD_OUT for row in test])
    for label, part in (("seen kinds", ~held), ("held-out sets", held)):
        print(f"{label}: trees AUC {auc(tree_probability[part], ty[part]):.4f}, "
              f"logistic AUC {auc(score[part], ty[part]):.4f}")


def report(test, tx, tmask, p, y, curve):
    """One line a set: AUCs, calibration, false accepts and accepts at the default budget."""
    threshold = next((t for budget, t in curve if budget >= 0.01), 2.0)
    print(f"\nthreshold at budget 0.01: {threshold:.4f}")
    print(f"{'set':28s} {'rows':>6s} {'cos':>6s} {'prob':>6s} {'judge':>6s} {'ECE':>6s} {'FA%':>6s} {'hit%':>6s} {'veto+':>6s}")
    served = (tmask == 0) & (p >= threshold)
    final = np.where(tmask == 0, p, p * 1e-3)
    for name in sorted({row[0] for row in test}):
        part = np.array([row[0] == name for row in test])
        positive, negative = part & (y == 1), part & (y == 0)
        percent = lambda mask, of: 100 * mask[of].mean() if of.any() else float("nan")
        through = part & (tmask == 0)
        ece = calibration_error(p[through], y[through]) if through.any() else float("nan")
        mark = "*" if name in data.HELD_OUT else " "
        print(f"{name:27s}{mark} {part.sum():6d} {auc(tx[part, 0], y[part]):6.3f} {auc(p[part], y[part]):6.3f} "
              f"{auc(final[part], y[part]):6.3f} {ece:6.3f} {percent(served, negative):6.2f} "
              f"{percent(served, positive):6.1f} {percent(tmask != 0, positive):6.1f}")


if __name__ == "__main__":
    sys.exit(main())
