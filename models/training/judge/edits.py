"""Made-up edits of real prompts: swaps that change the answer, and as many changes that do not."""

import collections
import random
import re

OPPOSITES = [pair.split("/") for pair in """
enable/disable increase/decrease before/after buy/sell open/close start/stop import/export upload/download send/receive
install/uninstall maximum/minimum highest/lowest largest/smallest best/worst more/less first/last cheap/expensive
encrypt/decrypt add/remove create/delete lock/unlock safe/dangerous male/female hot/cold fast/slow longest/shortest
oldest/newest advantages/disadvantages arrive/depart gain/lose win/lose legal/illegal possible/impossible show/hide
public/private input/output positive/negative increase/reduce good/bad easy/hard inside/outside always/never
upgrade/downgrade lend/borrow debit/credit earliest/latest left/right above/below over/under morning/evening
""".split()]
OPPOSITE = {a: b for a, b in OPPOSITES} | {b: a for a, b in OPPOSITES}

PLACES = """India China Germany France Spain Italy Japan Canada Mexico Brazil Australia Russia England Texas California
Boston Denver Chicago London Paris Berlin Mumbai Delhi Bangalore Tokyo Madrid Rome Toronto Sydney""".split()
NAMES = """John Mary Peter Anna James Linda Robert Susan Michael Karen David Laura Richard Emma Thomas Julia Google Apple
Microsoft Amazon Facebook Samsung Sony Toyota Honda Netflix Twitter Instagram Python Java""".split()
NUMBER = re.compile(r"(?<![\w.,/-])\d+(?:\.\d+)?(?![\w/-])")
FORMS = ["in French", "in German", "in one sentence", "as a table", "as JSON", "in detail", "briefly", "in Spanish",
         "as a bulleted list", "in a formal tone", "for a five-year-old", "in 100 words"]
POLITE_BEFORE = ["Please tell me: ", "Hi, ", "Hello, ", "Can you tell me ", "Quick question: ", "Hey, ", "Please, "]
POLITE_AFTER = [" please", ", please", " Thanks!", " thank you", " Thanks in advance."]
CONTRACTIONS = [("do not", "don't"), ("does not", "doesn't"), ("cannot", "can't"), ("is not", "isn't"),
                ("What is", "What's"), ("what is", "what's"), ("I am", "I'm"), ("it is", "it's"), ("I have", "I've"),
                ("are not", "aren't"), ("will not", "won't"), ("did not", "didn't")]
AUXILIARY = re.compile(r"\b(is|are|was|were|can|do|does|did|should|will|would|could|has|have)\b", re.I)


def number(text, rng):
    found = list(NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    value = match.group()
    if "." in value:
        new = f"{float(value) + rng.choice([0.1, 1, 0.5]):.1f}"
    else:
        new = str(int(value) + rng.choice([1, 2, 5, 10])) if rng.random() < 0.7 else str(int(value) * 2 + 1)
    return text[: match.start()] + new + text[match.end():]


def opposite(text, rng):
    words = [m for m in re.finditer(r"[A-Za-z]+", text) if m.group().lower() in OPPOSITE]
    if not words:
        return None
    match = rng.choice(words)
    return text[: match.start()] + OPPOSITE[match.group().lower()] + text[match.end():]


def name(text, rng):
    words = [m for m in re.finditer(r"[A-Z][a-z]+", text) if m.start() > 0]
    known = [m for m in words if m.group() in PLACES or m.group() in NAMES]
    if not (known or words):
        return None
    match = rng.choice(known or words)
    pool = PLACES if match.group() in PLACES else NAMES
    new = rng.choice([n for n in pool if n != match.group()])
    return text[: match.start()] + new + text[match.end():]


def negate(text, rng):
    if re.search(r"\b(not|never|no)\b|n't", text):
        new = re.sub(r"\s*\bnot\b|n't", "", text, count=1)
        return new if new != text else None
    match = AUXILIARY.search(text)
    if not match:
        return None
    if match.start() < 2:
        # "Is it …" → "Isn't it …"; "can" and "will" are irregular.
        verb = match.group()
        new = {"can": "can't", "will": "won't"}.get(verb.lower(), verb + "n't")
        return text[: match.start()] + (new.capitalize() if verb[0].isupper() else new) + text[match.end():]
    return text[: match.end()] + " not" + text[match.end():]


def exchange(text, rng):
    """Swaps the words around a directed connective, or two figures or names."""
    match = re.search(r"\bfrom (\w+) to (\w+)\b", text)
    if match:
        return text[: match.start()] + f"from {match.group(2)} to {match.group(1)}" + text[match.end():]
    for connective in ("before", "after", "than", "into", "instead of"):
        match = re.search(rf"\b(\w{{4,}}) {connective} (\w{{4,}})\b", text)
        if match:
            return text[: match.start()] + f"{match.group(2)} {connective} {match.group(1)}" + text[match.end():]
    found = [m for m in re.finditer(r"\b[A-Z][a-z]{2,}\b", text) if m.start() > 0]
    if len(found) >= 2:
        a, b = found[0], found[-1]
        between = text[a.end(): b.start()]
        # What stands beside "and", "or" or a hyphen may trade places and mean the same.
        if a.group() != b.group() and not re.search(r"\b(and|or|vs)\b|[-&]|^\W*$", between):
            return text[: a.start()] + b.group() + between + a.group() + text[b.end():]
    return None


def form(text, rng):
    return text.rstrip(" ?.!") + " " + rng.choice(FORMS) + ("?" if text.rstrip().endswith("?") else ".")


def word(text, rng, vocabulary=[]):
    """Another content word in place of one: mostly another question."""
    words = [m for m in re.finditer(r"\b[a-z]{5,}\b", text)]
    if len(words) < 2 or not vocabulary:
        return None
    match = rng.choice(words)
    return text[: match.start()] + rng.choice(vocabulary) + text[match.end():]


def case(text, rng):
    kind = rng.random()
    return text.lower() if kind < 0.6 else text.upper() if kind < 0.7 else text[0].swapcase() + text[1:]


def slip(text, rng):
    words = [m for m in re.finditer(r"\b[a-z]{6,}\b", text)]
    if not words:
        return None
    match = rng.choice(words)
    letters = list(match.group())
    at = rng.randrange(1, len(letters) - 2)
    kind = rng.randrange(3)
    if kind == 0:
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    elif kind == 1:
        del letters[at]
    else:
        letters.insert(at, letters[at])
    return text[: match.start()] + "".join(letters) + text[match.end():]


def polite(text, rng):
    if rng.random() < 0.5:
        before = rng.choice(POLITE_BEFORE)
        return before + (text[0].lower() + text[1:] if before.endswith("me ") and text[:2] != "I " else text)
    return text.rstrip() + rng.choice(POLITE_AFTER)


def contract(text, rng):
    options = [(a, b) for a, b in CONTRACTIONS if re.search(rf"\b{a}\b", text)]
    options += [(b, a) for a, b in CONTRACTIONS if b in text]
    if not options:
        return None
    a, b = rng.choice(options)
    return text.replace(a, b, 1)


def marks(text, rng):
    return rng.choice([text.rstrip("?.! "), text.rstrip("?.! ") + "??", " " + text.replace(" ", "  ", 1), text + "."])


def opener(text, rng):
    for a, b in (("How do I ", "How can I "), ("How can I ", "What is the best way to "), ("What are ", "Which are "),
                 ("How do you ", "How does one "), ("What is the best way to ", "How do I "), ("How to ", "How do I ")):
        if text.startswith(a):
            return b + text[len(a):]
    return None


def frontal(text, rng):
    """A trailing phrase of place or time moves to the front."""
    match = re.search(r"^(.{20,}?) ((?:in|on|at|for|with) [\w ]{3,30})\?$", text)
    if not match:
        return None
    body = match.group(1)
    return match.group(2)[0].upper() + match.group(2)[1:] + ", " + body[0].lower() + body[1:] + "?"


TRAPS = {"number": number, "opposite": opposite, "name": name, "negate": negate, "exchange": exchange, "form": form,
         "word": word}
BENIGN = {"case": case, "slip": slip, "polite": polite, "contract": contract, "marks": marks, "opener": opener,
          "frontal": frontal}


def make(texts, count, seed):
    """Yields (set, id, a, b, label): `count` traps and as many benign edits, spread over the kinds."""
    rng = random.Random(seed)
    counts = collections.Counter(w for t in texts for w in set(re.findall(r"\b[a-z]{5,}\b", t)))
    # Rarer ones are mostly typing slips.
    vocabulary = sorted(w for w, n in counts.items() if n >= 3)
    for label, kinds in ((0, TRAPS), (1, BENIGN)):
        names = list(kinds)
        made = {name: 0 for name in names}
        tries = 0
        while sum(made.values()) < count and tries < count * 60:
            tries += 1
            kind = names[tries % len(names)]
            if made[kind] >= count * 1.3 / len(names):
                continue
            text = rng.choice(texts)
            if not 12 <= len(text) <= 300 or "\t" in text:
                continue
            new = word(text, rng, vocabulary) if kind == "word" else kinds[kind](text, rng)
            if new and new != text:
                made[kind] += 1
                # A second, benign edit on some traps and benign pairs alike: style must not tell the label.
                if rng.random() < 0.35:
                    other = rng.choice([case, slip, polite, marks, opener])(new, rng)
                    new = other or new
                pair = (text, new) if rng.random() < 0.5 else (new, text)
                yield f"edit_{kind}", f"edit/{kind}/{made[kind]}", *pair, label
