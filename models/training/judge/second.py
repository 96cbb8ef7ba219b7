"""The second stage: trees over the features and the verifier's two logits, on pairs that the verifier did not learn.

Composed with the first stage: where that one's probability lies in [floor, ceiling) this one's counts, elsewhere the first
one's. Thresholds are certified on the composed probability, so they hold for the policy as a whole.
"""

import dataclasses

import numpy as np

import risk
from trees import auc, fit_trees

ADDED = ["verifierForward", "verifierBackward"]
# Above the ceiling at most this share is wrong, with the curve's confidence: nothing is left to verify.
SURE = 0.002
# At most this share of the right hits of a budget of 5% may be lost below the floor.
LOST = 0.01


@dataclasses.dataclass
class Stage:
    verifier: str
    model: object
    knots: list
    curve: list
    floor: float
    ceiling: float
    test_probability: np.ndarray


def fit(fit):
    """The second stage of `fit` (train.Fit), whose first stage is done."""
    names = fit.tool.features + ADDED
    # What a guard refuses is never verified.
    chosen = np.flatnonzero(fit.for_judge & (fit.masks == 0))
    logits, verifier = fit.tool.logits([fit.train[i] for i in chosen], fit.options.verifier)
    read = ~np.isnan(logits[:, 0])
    chosen, logits = chosen[read], logits[read]
    x = np.hstack([fit.x[chosen], logits])
    y, w, domain = fit.y[chosen], fit.w[chosen], fit.train_domain[chosen]
    print(f"\nsecond stage: {len(chosen)} pairs unknown to {verifier}, AUC of the logits "
          f"{auc(logits.sum(1), y):.4f}", flush=True)
    trees = lambda rows, rounds: fit_trees(x[rows], y[rows], w[rows], names, rounds=rounds, leaves=12, least=60)
    model = trees(np.arange(len(y)), 300)

    passed = np.flatnonzero(fit.cmask == 0)
    inside, outside = np.full(len(fit.cy), np.nan), np.full(len(fit.cy), np.nan)
    clogits = np.full((len(fit.cy), 2), np.nan, np.float32)
    clogits[passed] = fit.tool.logits([fit.calibration[i] for i in passed], fit.options.verifier)[0]
    known = ~np.isnan(clogits[:, 0])
    inside[known] = model.predict(np.hstack([fit.cx, clogits])[known], raw_score=True)
    outside[known] = inside[known]
    for name, mine in fit.domains():
        mine = mine[known[mine]]
        if len(mine):
            part = trees(np.flatnonzero(domain != name), 250)
            outside[mine] = part.predict(np.hstack([fit.outside_x, clogits])[mine], raw_score=True)
            print(f"domain {name}: {len(mine)} pairs, AUC {auc(outside[mine], fit.cy[mine]):.4f} from the other domains, "
                  f"{auc(fit.probability[mine], fit.cy[mine]):.4f} by the first stage", flush=True)
    knots = calibrate(fit, inside, outside, known)
    second = np.where(known, risk.interpolate(knots, np.nan_to_num(outside)), fit.probability)
    ceiling = sure_from(fit, known)
    floor = hopeless_below(fit, second, known, ceiling)
    composed = compose(fit.probability, second, known, floor, ceiling)
    curve, _ = risk.budget_curve(fit.calibration, composed, fit.cmask == 0, fit.cy, risk.SEED)
    doubt = (fit.probability >= floor) & (fit.probability < ceiling) & (fit.cmask == 0)
    print(f"verified from {floor:.4f} to {ceiling:.4f}: {doubt.sum() / max(1, (fit.cmask == 0).sum()):.3f} of the pairs "
          f"that pass the guards", flush=True)
    return Stage(verifier, model, knots, curve, floor, ceiling, test(fit, model, knots, floor, ceiling))


def calibrate(fit, inside, outside, known):
    both = np.concatenate
    return risk.isotonic(
        both([outside[known], inside[known]]), both([fit.cy[known]] * 2), both([fit.cw[known]] * 2))


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
        fit.calibration, compose(fit.probability, second, known, 0, ceiling), fit.cmask == 0, fit.cy, risk.SEED,
        quiet=True)
    threshold = next((t for budget, t in curve if budget >= 0.05), None)
    if threshold is None:
        return 0.0
    hits = known & (fit.cmask == 0) & (fit.cy == 1) & (second >= threshold)
    return float(np.quantile(fit.probability[hits], LOST)) if hits.any() else 0.0


def test(fit, model, knots, floor, ceiling):
    """The composed probability of the test rows."""
    doubt = np.flatnonzero((fit.tmask == 0) & (fit.tp >= floor) & (fit.tp < ceiling))
    logits, _ = fit.tool.logits([fit.test[i] for i in doubt], fit.options.verifier)
    known = ~np.isnan(logits[:, 0])
    out = fit.tp.copy()
    score = model.predict(np.hstack([fit.tx[doubt[known]], logits[known]]), raw_score=True)
    out[doubt[known]] = risk.interpolate(knots, score)
    return out
