"""The second stage: a logistic layer over the first stage's probability and the verifier's two logits.

Eight weights and no more: trees over all features ranked Quora's pairs at .81 when Quora was left out of their fit, a
layer at .85, and the verifier alone at .87; what a stack learns of features in one domain does not hold in the next. One
feature is let in, how much content the two texts share: between free rewordings the first stage's word is worth little,
between texts of nearly the same words much. It took the share of the calibration stream's answerable pairs that a budget
of 1% serves from .59 to .66 (one fit, the same rows). The first stage's probabilities that the layer is fitted to are those from outside the domain.

Composed with the first stage: where that one's probability lies in [floor, ceiling) this one's counts, elsewhere the first
one's. Thresholds are certified on the composed probability, so they hold for the policy as a whole.
"""

import dataclasses

import numpy as np

import risk
from trees import auc

# Above the ceiling at most this share is wrong, with the curve's confidence: nothing is left to verify.
SURE = 0.002
# At most this share of the right hits of a budget of 5% may be lost below the floor.
LOST = 0.003
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
    overlap = fit.cx[:, fit.tool.features.index(OVERLAP)]
    features = lambda rows: layer(fit.probability[rows], logits[rows], overlap[rows])
    x, y, w = features(known), fit.cy[known], fit.cw[known]
    domain = fit.calibration_domain[known]
    model = logistic(x, y, w)
    # Each domain is scored by the layer that the others make; made-up edits stand in all of them.
    score = np.full(len(fit.cy), np.nan)
    for name in np.unique(domain):
        part = model if name == "edits" else logistic(x[domain != name], y[domain != name], w[domain != name])
        mine = read & (fit.calibration_domain == name)
        score[mine] = part.decision_function(features(mine))
        if name != "edits":
            mine = mine & known
            print(f"domain {name}: {mine.sum()} pairs, AUC {auc(score[mine], fit.cy[mine]):.4f} from the other domains, "
                  f"{auc(fit.probability[mine], fit.cy[mine]):.4f} by the first stage, "
                  f"{auc(logits[mine].sum(1), fit.cy[mine]):.4f} by the verifier alone", flush=True)
    knots = risk.isotonic(score[known], y, w)
    # As in the first stage: what a guard refuses is never served, and its probability is another.
    refused = read & ~passed
    vetoed = risk.isotonic(score[refused], fit.cy[refused], fit.cw[refused])
    second = np.where(known, risk.interpolate(knots, np.nan_to_num(score)), fit.probability)
    ceiling = sure_from(fit, known)
    floor = hopeless_below(fit, second, known, ceiling)
    composed = compose(fit.probability, second, known, floor, ceiling)
    # What the verifier does not read is held against the first stage's own thresholds.
    curve, _ = risk.budget_curve(fit.calibration, composed, known, fit.cy, risk.SEED, fit.calibration_domain)
    doubt = (fit.probability >= floor) & (fit.probability < ceiling) & (fit.cmask == 0)
    print(f"verified from {floor:.4f} to {ceiling:.4f}: {doubt.sum() / max(1, (fit.cmask == 0).sum()):.3f} of the pairs "
          f"that pass the guards", flush=True)
    return Stage(verifier, float(model.intercept_[0]), [float(c) for c in model.coef_[0]], knots, vetoed, curve, floor,
                 ceiling, test(fit, model, knots, vetoed, floor, ceiling))


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


def hopeless_below(fit, second, known, ceiling):
    """The largest probability of the first stage below which verifying hardly ever makes a right hit."""
    curve, _ = risk.budget_curve(
        fit.calibration, compose(fit.probability, second, known, 0, ceiling), known, fit.cy, risk.SEED,
        fit.calibration_domain, quiet=True)
    threshold = next((t for budget, t in curve if budget >= 0.05), None)
    if threshold is None:
        return 0.0
    hits = known & (fit.cmask == 0) & (fit.cy == 1) & (second >= threshold)
    return float(np.quantile(fit.probability[hits], LOST)) if hits.any() else 0.0


def test(fit, model, knots, vetoed, floor, ceiling):
    """The composed probability of the test rows."""
    doubt = np.flatnonzero((fit.tp >= floor) & (fit.tp < ceiling))
    logits, _ = fit.tool.logits([fit.test[i] for i in doubt], fit.options.verifier)
    known = ~np.isnan(logits[:, 0])
    rows = doubt[known]
    out = fit.test_probability.copy()
    overlap = fit.tx[rows, fit.tool.features.index(OVERLAP)]
    score = model.decision_function(layer(fit.tp[rows], logits[known], overlap))
    out[rows] = np.where(fit.tmask[rows] == 0, risk.interpolate(knots, score), risk.interpolate(vetoed, score))
    return out
