"""Edits of real texts, as the judge's (judge/edits.py): traps and as many harmless ones, in the same styles."""

import importlib.util
import os

_path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../judge/edits.py")
_spec = importlib.util.spec_from_file_location("judge_edits", _path)
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)

HARMLESS = ("case", "slip", "polite", "contract", "marks", "opener", "frontal")


def benign(text, rng):
    """(text, edited) in either order, or None."""
    for _ in range(6):
        new = made.BENIGN[rng.choice(HARMLESS)](text, rng)
        if new and new != text:
            if rng.random() < 0.3:
                new = made.BENIGN[rng.choice(("case", "slip", "polite", "marks"))](new, rng) or new
            return (text, new) if rng.random() < 0.5 else (new, text)
    return None


def pairs(texts, count, rng, figures=False):
    """`count` pairs, half of them traps. `figures`: only numbers change in the traps."""
    vocabulary = sorted({w for t in texts[:20_000] for w in made.re.findall(r"\b[a-z]{5,}\b", t)})
    kinds = ["number"] if figures else list(made.TRAPS)
    made_traps = made_benign = 0
    while min(made_traps, made_benign) < count // 2:
        text = rng.choice(texts)
        if made_traps <= made_benign:
            kind = rng.choice(kinds)
            new = made.word(text, rng, vocabulary) if kind == "word" else made.TRAPS[kind](text, rng)
            if not new or new == text:
                continue
            if rng.random() < 0.35:
                new = made.BENIGN[rng.choice(("case", "slip", "polite", "marks", "opener"))](new, rng) or new
            made_traps += 1
            yield ("edit " + kind, *((text, new) if rng.random() < 0.5 else (new, text)), 0)
        else:
            edited = benign(text, rng)
            if edited:
                made_benign += 1
                yield ("edit harmless", *edited, 1)
