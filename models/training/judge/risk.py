"""Isotonic calibration, and thresholds by selective risk control.

The curve follows Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (2017), with the exact
Clopper–Pearson bound in place of their numerical one and fixed-sequence testing from the strictest threshold down
(Angelopoulos et al., "Learn then Test", 2021, section 4.1), which needs no correction for the number of thresholds.
"""

import collections
import math
import random

import numpy as np
from scipy.stats import beta

SEED = 20251121
# One minus the confidence with which a threshold keeps its budget.
DELTA = 0.05
# The most pairs of one set and label in the stream.
SHARE = 700
# The share of a budget that is certified. Calibration pairs are of kinds that people thought of and labelled, half of the
# traps made by rule; free near misses pass more often. With this share budgets of 0.5 to 10% are kept on fixtures/pairs,
# half of which are such near misses; with 0.5 one of 269 hits at 1% was wrong there. Before the verifier had learnt who
# does what to whom it took 0.25: with 0.4, 9 of 297 were wrong.
MARGIN = 0.4
# No domain may have more than that share of its negatives accepted (rounded up: of 161 at 0.0075 one); domains of fewer
# negatives say too little, and the labels of some measure their own noise.
FEWEST = 100
NOISY = ("quora",)
BUDGETS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5]

# Sets whose labels are execution truth or editors' work: at 1% false hits, noisy labels would measure the noise.
TRUSTED = ("text2sql_geography", "text2sql_atis", "paws_wiki.dev", "pawsx_en.dev", "mqr.dev", "semantoneg.dev",
           "canard_refs", "covid_faq_sim_de", "cannot_negated", "stsb.train", "stsb.dev", "wishes")


def isotonic(score, label, weight):
    """Knots (score, probability) of a monotone fit, at most 64, ends kept off 0 and 1."""
    from sklearn.isotonic import IsotonicRegression
    fit = IsotonicRegression(out_of_bounds="clip").fit(score, label, sample_weight=weight)
    xs, ys = fit.X_thresholds_, np.clip(fit.y_thresholds_, 0.001, 0.999)
    # Blocks become their middles, so that the probability rises everywhere instead of in steps.
    middles = collections.OrderedDict()
    for x, y in zip(xs, ys):
        middles.setdefault(round(float(y), 6), []).append(float(x))
    knots = [(float(np.mean(v)), k) for k, v in middles.items()]
    if len(knots) > 64:
        keep = np.unique(np.linspace(0, len(knots) - 1, 64).round().astype(int))
        knots = [knots[i] for i in keep]
    return knots


def interpolate(knots, score):
    xs, ys = zip(*knots)
    return np.interp(score, xs, ys)


def upper_bound(wrong, total, delta=DELTA):
    """Clopper–Pearson: the largest rate under which `wrong` or fewer of `total` still have probability `delta`."""
    return 1.0 if total == 0 or wrong >= total else float(beta.ppf(1 - delta, wrong + 1, total - wrong))


def stream(rows, labels, seed):
    """Indices of a cache-like stream: trusted sets and made-up edits, half of the candidates not the same question."""
    by = {0: [], 1: []}
    for index, row in enumerate(rows):
        if row[0] in TRUSTED or row[0].startswith(("edit_", "overnight_")):
            by[labels[index]].append(index)
    rng = random.Random(seed)
    for label in by:
        # No set has more than its share: a budget that holds on one kind of trap alone is no budget.
        rng.shuffle(by[label])
        taken = collections.Counter()
        kept = []
        for index in by[label]:
            taken[rows[index][0]] += 1
            if taken[rows[index][0]] <= SHARE:
                kept.append(index)
        by[label] = kept
    size = min(len(by[0]), len(by[1]))
    return rng.sample(by[0], size) + rng.sample(by[1], size)


def domain_floor(probability, passed, labels, domains, share):
    """The least threshold at which no domain has more than a share of its negatives accepted.

    The stream's bound is one over all domains together; a user's prompts are of one domain, and not of the easiest.
    """
    p = np.where(passed, probability, -1)
    floor = 0.0
    for name in np.unique(domains):
        negatives = np.sort(p[(domains == name) & (labels == 0)])[::-1]
        if name in NOISY or len(negatives) < FEWEST:
            continue
        # So many may stay at or above the threshold; the next one must not.
        allowed = math.ceil(share * len(negatives))
        if allowed < len(negatives) and negatives[allowed] >= 0:
            floor = max(floor, float(np.nextafter(negatives[allowed], 2)))
    return floor


def budget_curve(rows, probability, passed, labels, seed, domains, quiet=False):
    """[(budget, threshold)] for every budget of which the margin's share can be certified, and a note on the stream.

    domains: of all rows.
    """
    chosen = np.array(stream(rows, labels, seed))
    p = np.where(passed, probability, -1)[chosen]
    wrong = labels[chosen] == 0
    grid = np.unique(np.quantile(p[p > 0], np.linspace(0, 1, 400)))[::-1]
    curve = []
    for budget in BUDGETS:
        share = budget * MARGIN
        best = None
        started = False
        for threshold in grid:
            taken = p >= threshold
            bound = upper_bound(int((taken & wrong).sum()), int(taken.sum()))
            if bound <= share:
                best, started = float(threshold), True
            elif started:
                break
        if best is not None:
            best = max(best, domain_floor(probability, passed, labels, domains, share))
            # A larger budget never asks for more than a smaller one.
            best = min(best, curve[-1][1]) if curve else best
            if best <= 1:
                curve.append((budget, best))
    note = {"pairs": int(len(chosen)), "passed": int((p >= 0).sum()), "delta": DELTA}
    for budget, threshold in curve if not quiet else ():
        taken = p >= threshold
        print(f"budget {budget}: p >= {threshold:.4f}, {taken[~wrong].mean():.3f} of the answerable, "
              f"{int((taken & wrong).sum())} wrong of {int(taken.sum())}")
    return curve, note
