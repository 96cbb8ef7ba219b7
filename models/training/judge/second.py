"""The second stage: a logistic layer over the first stage's probability and the verifier's two logits.

Eight weights and no more: trees over all features ranked Quora's pairs at .81 when Quora was left out of their fit, a
layer at .85, and the verifier alone at .87; what a stack learns of features in one domain does not hold in the next. One
feature is let in, how much content the two texts share: between free rewordings the first stage's word is worth little,
between texts of nearly the same words much. It took the share of the calibration stream's answerable pairs that a budget
of 1% serves from .59 to .66 (one fit, the same rows). The first stage's probabilities that the layer is fitted to are those from outside the domain.

The verifier reads a pair in one order, and in the other only where the logit of the first reaches `both_from`; elsewhere
the first one's stands for both, here as in the product.

Composed with the first stage: where that one's probability lies in [floor, ceiling) this one's counts, elsewhere the first
one's. Thresholds are certified on the composed probability, so they hold for the policy as a whole.
"""

import dataclasses

import numpy as np

import risk
from trees import auc

# Above the ceiling at most this share is wrong, with the curve's confidence: nothing is left to verify.
SURE = 0.002
# At most this share of the right hits of a budget of 5% may be lost below the floor, and by reading one order only.
LOST, LOST_UNREAD = 0.003, 0.001
# The feature that the layer weighs beside probability and logits.
OVERLAP = "jaccardContent"


@dataclasses.dataclass
class Stage:
    verifier: str
    intercept: float
    weights: list
    knots: list
    vetoed: list
    curve: list
    floor: float
    ceiling: float
    both_from: float
    test_probability: np.ndarray


def layer(probability, logits, overlap):
    """n×8: as VerifiedStage.features in Swift."""
    bounded = np.clip(probability, 1e-4, 1 - 1e-4)
    odds, total = np.log(bounded / (1 - bounded)), logits.sum(1)
    return np.stack([odds, total, np.maximum(total, 0), np.minimum(total, -4), np.abs(logits[:, 0] - logits[:, 1]),
                     odds * total / 10, overlap, overlap * odds], 1)


def logistic(x, y, w):
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(C=1.0, max_iter=1000).fit(x, y, sample_weight=w)


def fit(fit):
    """The second stage of `fit` (train.Fit), whose first stage is done: on calibration rows, which neither the first
    stage's trees nor the verifier saw."""
    logits, verifier = fit.tool.logits(fit.calibration, fit.options.verifier)
    read, passed = ~np.isnan(logits[:, 0]), fit.cmask == 0
    known = read & passed
    both_from = hopeless_below(logits[:, 0], fit, weigh(fit, logits, known, quiet=True).probability, known, LOST_UNREAD)
    logits = read_once(logits, both_from)
    part = weigh(fit, logits, known)
    # As in the first stage: what a guard refuses is never served, and its probability is another.
    refused = read & ~passed
    vetoed = risk.isotonic(part.score[refused], fit.cy[refused], fit.cw[refused])
    ceiling = sure_from(fit, known)
    sure = np.where(fit.probability >= ceiling, fit.probability, part.probability)
    floor = hopeless_below(fit.probability, fit, sure, known, LOST)
    composed = compose(fit.probability, part.probability, known, floor, ceiling)
    # What the verifier does not read is held against the first stage's own thresholds.
    curve, _ = risk.budget_curve(fit.calibration, composed, known, fit.cy, risk.SEED, fit.calibration_domain)
    doubt = (fit.probability >= floor) & (fit.probability < ceiling) & passed
    print(f"verified from {floor:.4f} to {ceiling:.4f}: {doubt.sum() / max(1, passed.sum()):.3f} of the pairs "
          f"that pass the guards; {(logits[doubt & known, 0] >= both_from).mean():.3f} of these in both orders, from a logit "
          f"of {both_from:.3f}", flush=True)
    return Stage(verifier, float(part.model.intercept_[0]), [float(c) for c in part.model.coef_[0]], part.knots, vetoed,
                 curve, floor, ceiling, both_from, test(fit, part, vetoed, floor, ceiling, both_from))


def read_once(logits, both_from):
    """The logits as the product has them: where the first order's is below `both_from` it stands for both."""
    return np.where(logits[:, :1] < both_from, logits[:, :1], logits)


def hopeless_below(values, fit, probability, known, share):
    """The largest of `values` below which at most a share of the right hits of a budget of 5% lie."""
    curve, _ = risk.budget_curve(fit.calibration, probability, known, fit.cy, risk.SEED, fit.calibration_domain, quiet=True)
    threshold = next((t for budget, t in curve if budget >= 0.05), None)
    hits = known & (fit.cmask == 0) & (fit.cy == 1) & (probability >= (2 if threshold is None else threshold))
    return float(np.quantile(values[hits], share) if hits.any() else np.nanmin(values))


@dataclasses.dataclass
class Weighed:
    """A layer, the score that it or its like from other domains gives each row, and what the scores mean."""
    model: object
    score: np.ndarray
    knots: list
    probability: np.ndarray


def weigh(fit, logits, known, quiet=False):
    """The layer fitted to the known rows."""
    overlap = fit.cx[:, fit.tool.features.index(OVERLAP)]
    features = lambda rows: layer(fit.probability[rows], logits[rows], overlap[rows])
    x, y, w = features(known), fit.cy[known], fit.cw[known]
    domain, read = fit.calibration_domain[known], ~np.isnan(logits[:, 0])
    model = logistic(x, y, w)
    # Each domain is scored by the layer that the others make; made-up edits stand in all of them.
    score = np.full(len(fit.cy), np.nan)
    for name in np.unique(domain):
        part = model if name == "edits" else logistic(x[domain != name], y[domain != name], w[domain != name])
        mine = read & (fit.calibration_domain == name)
        score[mine] = part.decision_function(features(mine))
        if name != "edits" and not quiet:
            mine = mine & known
            print(f"domain {name}: {mine.sum()} pairs, AUC {auc(score[mine], fit.cy[mine]):.4f} from the other domains, "
                  f"{auc(fit.probability[mine], fit.cy[mine]):.4f} by the first stage, "
                  f"{auc(logits[mine].sum(1), fit.cy[mine]):.4f} by the verifier alone", flush=True)
    knots = risk.isotonic(score[known], y, w)
    return Weighed(model, score, knots, np.where(known, risk.interpolate(knots, np.nan_to_num(score)), fit.probability))


def compose(first, second, known, floor, ceiling):
    return np.where(known & (first >= floor) & (first < ceiling), second, first)


def sure_from(fit, known):
    """The least probability of the first stage from which on (nearly) nothing is wrong; above 1 where there is none."""
    rows = np.array(risk.stream(fit.calibration, fit.cy, risk.SEED))
    rows = rows[(fit.cmask[rows] == 0) & known[rows]]
    ceiling = 2.0
    for threshold in np.unique(np.quantile(fit.probability[rows], np.linspace(0.5, 1, 200)))[::-1]:
        taken = rows[fit.probability[rows] >= threshold]
        if risk.upper_bound(int((fit.cy[taken] == 0).sum()), len(taken)) > SURE:
            if len(taken) > 2000:
                break
            continue
        ceiling = float(threshold)
    return ceiling


def test(fit, part, vetoed, floor, ceiling, both_from):
    """The composed probability of the test rows."""
    doubt = np.flatnonzero((fit.tp >= floor) & (fit.tp < ceiling))
    logits, _ = fit.tool.logits([fit.test[i] for i in doubt], fit.options.verifier)
    logits, known = read_once(logits, both_from), ~np.isnan(logits[:, 0])
    rows = doubt[known]
    out = fit.test_probability.copy()
    overlap = fit.tx[rows, fit.tool.features.index(OVERLAP)]
    score = part.model.decision_function(layer(fit.tp[rows], logits[known], overlap))
    out[rows] = np.where(fit.tmask[rows] == 0, risk.interpolate(part.knots, score), risk.interpolate(vetoed, score))
    return out
