"""Fits the judge: features from `deja-features`, trees, calibration, the budget curve, and the same for the second stage
where a verifier is given.

    python train.py --data DIR --tool PATH --out models/judge-v1 --embedder DIR [--verifier DIR] [--clean]
"""

import argparse
import collections
import json
import sys

import numpy as np

import data
import edits
import export
import risk
import second
from tables import count_words, set_weights, weigh_evidence, write_table
from tool import Tool
from trees import auc, calibration_error, fit_trees

FOLDS = 5
# The most test rows of a set: more say little more, and each costs the verifier some milliseconds.
TESTED = 3_000


class Fit:
    """Rows, and what was made of them on the way to a model."""

    def __init__(self, options):
        self.options = options
        self.tool = Tool(options.tool, options.work, options.embedder)
        self.read()
        self.words()
        self.evidence()

    def read(self):
        """Training, calibration and test rows; made-up edits of the first two."""
        options = self.options
        rows = list(data.read_pairs(options.data))
        parts = data.parts(rows, options.data)
        allowed = [row[0] not in data.HELD_OUT and not (options.clean and row[0] in data.UNCLEAN) for row in rows]
        of = lambda *names: [row for row, part, ok in zip(rows, parts, allowed) if ok and part in names]
        learned, judges, calibration = of("train"), of("judge"), of("dev", "calibrate")
        # Held-out sets are all of the test part.
        self.test, tested = [], collections.Counter()
        for row, part in zip(rows, parts):
            if part == "test" and tested[row[0]] < TESTED:
                tested[row[0]] += 1
                self.test.append(row)
        # Edits go by the part of their text, so that no verifier has learnt those that the second stage is fitted to.
        texts = lambda part: sorted({t for r in part for t in r[2:4] if t.isascii()})
        made = [list(edits.make(texts(part), count, risk.SEED + i)) for i, (part, count) in enumerate(
            ((learned, options.edits), (calibration, options.edits // 4), (judges, options.edits // 2)))]
        flat = lambda rows: [(a, b, " ".join(c.split()), " ".join(d.split()), e) for a, b, c, d, e in rows]
        self.train = flat(learned + made[0] + judges + made[2])
        self.for_judge = np.arange(len(self.train)) >= len(learned) + len(made[0])
        self.calibration = flat(calibration + made[1])
        self.y, self.w = np.array([row[4] for row in self.train]), set_weights(self.train)
        self.cy, self.cw = np.array([row[4] for row in self.calibration]), set_weights(self.calibration)
        self.ty = np.array([row[4] for row in self.test])
        self.real = np.array([not row[0].startswith("edit_") for row in self.train])
        self.train_domain = np.array([data.domain(row[0]) for row in self.train])
        self.calibration_domain = np.array([data.domain(row[0]) for row in self.calibration])
        print(f"{len(self.train)} training ({self.for_judge.sum()} of them unknown to the verifier), "
              f"{len(self.calibration)} calibration, {len(self.test)} test pairs", flush=True)

    def words(self):
        self.vocabulary, self.unknown = count_words(
            self.tool, [r for r in self.train if not r[0].startswith("edit_")])
        path = write_table(self.tool.work / "vocabulary.tsv", self.vocabulary, self.unknown)
        self.lexicon = ["--vocabulary", path]

    def evidence(self):
        """Features of the training rows. Evidence for a row comes from the other folds, or it would tell its own label."""
        tool = self.tool
        lines = tool.run("evidence", "".join(f"{r[2]}\t{r[3]}\n" for r in self.train), *self.lexicon).split("\n")
        self.keys = [[int(k) for k in line.split()] for line in lines[: len(self.train)]]
        fold = np.array([data.bucket(g, "fold") % FOLDS for g in data.groups(self.train)])
        self.x = np.zeros((len(self.train), len(tool.features)), np.float32)
        self.masks = np.zeros(len(self.train), np.uint32)
        embedders = self.embedders()
        for part in range(FOLDS):
            options = self.evidence_of((fold != part) & self.real, f"evidence-{part}.tsv")[1]
            for embedder in sorted(set(embedders)):
                mine = np.flatnonzero((fold == part) & (embedders == embedder))
                rows = [self.train[i] for i in mine]
                self.x[mine], self.masks[mine] = tool.pairs(rows, *self.lexicon, *options, embedder=embedder)
        self.proof, self.proof_options = self.evidence_of(self.real, "evidence.tsv")
        # Vetoed pairs are never served: the model may look at them, lightly, for the sake of `explain`.
        self.weights = self.w * np.where(self.masks != 0, 0.25, 1.0)
        print(f"{len(self.vocabulary)} words, {len(self.proof)} words and word pairs of evidence", flush=True)

    def embedders(self):
        """The embedder whose cosine each training row has: one that did not learn the row's label. What was tuned on a
        pair finds its texts more (or less) alike than any that it meets later, and trees would trust it too much."""
        options = self.options
        chosen = np.full(len(self.train), options.embedder or "", object)
        if options.fold_embedders:
            split = data.Split(options.data)
            for i in np.flatnonzero(self.real & ~self.for_judge):
                if self.train[i][0] == data.wishes.SET:
                    continue  # no embedder learnt them
                chosen[i] = options.fold_embedders[data.questions.fold_of(split.root(self.train[i][2]))]
        return chosen

    def evidence_of(self, rows, name):
        """The evidence of these training rows, and the option that gives it to the tool."""
        chosen = np.flatnonzero(rows)
        table = weigh_evidence([self.keys[i] for i in chosen], self.y[chosen], self.w[chosen])
        return table, ["--evidence", write_table(self.tool.work / name, table)]

    def first_stage(self):
        """Trees over the features, calibrated on domains that they were not fitted to.

        No user's prompts are of a domain that the model was fitted to: each domain's calibration rows are scored by trees
        and evidence from all the others. The probability is the middle of both worlds, fitted to the scores from outside
        and inside the domain; the budget looks at those from outside alone.
        """
        tool = self.tool
        self.model = fit_trees(self.x, self.y, self.weights, tool.features)
        self.cx, self.cmask = tool.pairs(self.calibration, *self.lexicon, *self.proof_options)
        self.outside_x = self.cx.copy()
        inside = self.model.predict(self.cx, raw_score=True)
        raw = inside.copy()
        for domain, mine in self.domains():
            chosen = self.train_domain != domain
            part = fit_trees(self.x[chosen], self.y[chosen], self.weights[chosen], tool.features, rounds=250)
            options = self.evidence_of(self.real & chosen, "evidence-domain.tsv")[1]
            self.outside_x[mine], _ = tool.pairs([self.calibration[i] for i in mine], *self.lexicon, *options)
            raw[mine] = part.predict(self.outside_x[mine], raw_score=True)
            print(f"domain {domain}: {len(mine)} pairs, AUC {auc(raw[mine], self.cy[mine]):.4f} from the other domains",
                  flush=True)
        passed = self.cmask == 0
        both = np.concatenate
        self.knots = risk.isotonic(
            both([raw[passed], inside[passed]]), both([self.cy[passed]] * 2), both([self.cw[passed]] * 2))
        self.probability = risk.interpolate(self.knots, raw)
        # What a guard refuses is never served, but some of it one answer would serve: its probability is another.
        self.vetoed_knots = risk.isotonic(
            both([raw[~passed], inside[~passed]]), both([self.cy[~passed]] * 2), both([self.cw[~passed]] * 2))
        self.curve, self.note = risk.budget_curve(
            self.calibration, self.probability, passed, self.cy, risk.SEED, self.calibration_domain)
        self.tx, self.tmask = tool.pairs(self.test, *self.lexicon, *self.proof_options)
        score = self.model.predict(self.tx, raw_score=True)
        self.tp = risk.interpolate(self.knots, score)
        self.test_probability = np.where(self.tmask == 0, self.tp, risk.interpolate(self.vetoed_knots, score))

    def domains(self):
        """Each domain but the made-up edits, and its calibration rows."""
        for domain in sorted(set(self.calibration_domain)):
            if domain != "edits":
                yield domain, np.flatnonzero(self.calibration_domain == domain)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--work", default="cache/judge")
    parser.add_argument("--embedder")
    parser.add_argument("--fold-embedders", nargs="+", metavar="DIR",
                        help="the embedder with the labels of each fold left out, in the order of dejatrain.data.fold_of")
    parser.add_argument("--verifier", help="a verifier's model folder: fits the second stage too")
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--edits", type=int, default=24_000)
    parser.add_argument("--compare", action="store_true", help="fit the logistic model too and print both")
    options = parser.parse_args()
    fit = Fit(options)
    fit.first_stage()
    if options.compare:
        compare(fit.x, fit.y, fit.weights, fit.tx, fit.ty, fit.test, fit.tool.features, fit.tp)
    print("\nthe first stage alone")
    report(fit.test, fit.tx, fit.tmask, fit.test_probability, fit.ty, fit.curve)
    stage = second.fit(fit) if options.verifier else None
    manifest = export.write(options.out, fit, stage)
    print(json.dumps({k: manifest[k] for k in ("identifier", "bytes", "trees")}, indent=1))
    if stage:
        print("\nboth stages")
        report(fit.test, fit.tx, fit.tmask, stage.test_probability, fit.ty, stage.curve)


def expand(x, names):
    """Hinges of the telling features and products with the cosine, for the logistic model."""
    columns = [x]
    for name in ("cosine", "jaccard", "jaccardContent", "rareJaccard", "trigrams", "contentOrder", "evidenceSum"):
        column = x[:, list(names).index(name)]
        for quantile in (0.2, 0.4, 0.6, 0.8, 0.95):
            columns.append(np.maximum(0, column - np.quantile(column, quantile))[:, None])
        columns.append((column * x[:, 0])[:, None])
    return np.hstack(columns)


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
