"""Free text for distillation: WordNet 3.0's glosses and examples, and questions made from its words.

The clean model may not see Quora's questions, so it needs others. Each made question puts one or
two of WordNet's commoner words into one of the forms below; only the teacher's embedding of it is
learned, so it need not be a sensible question.
"""

import os
import random

FORMS = """what is {n}?|what does {n} mean?|what is the difference between {n} and {m}?|how do i {v} a {n}?
how can i {v} my {n}?|what is the best way to {v} a {n}?|why is my {n} so {a}?|is {n} {a}?|is it safe to {v} a {n}?
where can i find a {a} {n}?|how much does a {n} cost?|how long does it take to {v} a {n}?|which {n} is best for {m}?
can i {v} {n} without {m}?|should i {v} my {n} or my {m}?|who invented the {n}?|when was the first {n} made?
how does {n} work?|how does {n} affect {m}?|what are some {a} examples of {n}?|explain {n} to a beginner
write a short story about a {a} {n}|summarise the history of {n}|list five kinds of {n}|give me tips to {v} {n}
please {v} the {n}|i want to {v} my {n}|my {n} does not {v}|why can't i {v} my {n}?|do i need a {n} to {v}?
translate {n} into french|is {n} the same as {m}?|what happens if you {v} a {n}?|how many {n} are in a {m}?
what is the {a} way to {v}?|how do you become a {n}?|why do people {v}?|what makes a {n} {a}?|how to {v} {n} with {m}
how do i stop {n} from hurting my {m}?|what should i do if my {n} is {a}?|compare {n} with {m}|are there any {a} {n}s?
does {n} cause {m}?|what is the meaning of the word {a}?|what are the advantages of {n}?|how old is the {n}?
what is the capital of {p}?|how do i get to {p}?|what is the weather in {p}?|who is {p}?|what is {p} famous for?
how far is {p} from {q}?|is it {a} to live in {p}?|what language do they speak in {p}?|who won the {n} in {p}?
how can i get a {n} in {p}?|what are the best {n}s in {p}?|when did {p} {v}?|how is {p} different from {q}?"""


def synsets(folder, part):
    with open(os.path.join(folder, "data." + part), encoding="latin-1") as file:
        for line in file:
            if line.startswith("  "):
                continue
            fields, _, gloss = line.partition(" | ")
            fields = fields.split()
            words = [fields[4 + 2 * i].partition("(")[0].replace("_", " ") for i in range(int(fields[3], 16))]
            yield words, gloss.strip()


QUESTIONS, GLOSSES = 45_000, 25_000
COUNT = QUESTIONS + GLOSSES


def texts(folder):
    chance = random.Random(7)
    sentences, lists = [], {"noun": [], "verb": [], "adj": [], "name": []}
    counts = common(folder)
    for part in ("noun", "verb", "adj", "adv"):
        for words, gloss in synsets(folder, part):
            sentences += [piece.strip(' "') for piece in gloss.split(";") if len(piece) > 12]
            for word in words if part != "adv" else ():
                weight = counts.get(word.lower(), 0)
                if word[:1].isupper():
                    lists["name"].append((word, 1 + weight))
                elif weight > 0 or chance.random() < 0.15:
                    lists[part].append((word, 0.5 + weight))
    chance.shuffle(sentences)
    picked = {part: _sampler(chance, entries) for part, entries in lists.items()}
    forms = [form for line in FORMS.splitlines() for form in line.split("|")]
    made = []
    for _ in range(QUESTIONS):
        made.append(chance.choice(forms).format(
            n=picked["noun"](), m=picked["noun"](), v=picked["verb"](), a=picked["adj"](),
            p=picked["name"](), q=picked["name"]()))
    return sentences[:GLOSSES] + made


def _sampler(chance, entries):
    words = [word for word, _ in entries]
    weights = [weight**0.5 for _, weight in entries]
    drawn = iter(chance.choices(words, weights, k=400_000))
    return lambda: next(drawn)


def common(folder):
    """How often a word was met in the texts that WordNet's authors tagged (cntlist.rev)."""
    counts = {}
    with open(os.path.join(folder, "cntlist.rev"), encoding="latin-1") as file:
        for line in file:
            sense, _, count = line.split()
            word = sense.partition("%")[0].replace("_", " ")
            counts[word] = counts.get(word, 0) + int(count)
    return counts
