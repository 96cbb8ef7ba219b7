"""Reads labelled pairs and splits them by connected groups of questions: the embedder's and the verifier's split."""

import gzip
import hashlib
import itertools
import pathlib
import random
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from dejatrain import data as questions  # noqa: E402
from verifier import wishes  # noqa: E402
from verifier.data import Split  # noqa: E402  the one rule of all models; the exam's QuestionSplit.swift has the same

# Whole sets that training never sees: new domains, another language, made-up edits of others.
HELD_OUT = (
    "medical_rqe.train", "overnight_calendar.train", "overnight_calendar.test", "overnight_housing.train",
    "overnight_housing.test", "text2sql_restaurants", "text2sql_scholar", "lcqmc.dev", "checklist_qqp_mft",
    "checklist_qqp_real.dev", "gptcache_mock", "pawsx_ja.dev", "pawsx_ko.dev", "tatoeba_jpn_en",
)

# Licence unknown, non-commercial or research only: not in the clean variant.
UNCLEAN = (
    "qqp.dev", "gptcache_qqp_full", "msrp.train", "msrp.val", "msrp.test", "sick.train", "sick.trial",
    "text2sql_geography", "text2sql_atis", "parade.train", "parade.validation", "bq_corpus.dev", "atec.train",
    "semeval_cqa.train2", "overnight_basketball.train", "overnight_basketball.test", "overnight_blocks.train",
    "overnight_blocks.test",
)

# The most rows of a set that are read (after a shuffle by seed), and the weight of the set in training.
CAPS = {"qqp.dev": 150_000, "gptcache_qqp_full": 30_000, "atec.train": 8_000, "bq_corpus.dev": 4_000,
        "cannot_negated": 8_000}
# The most pairs of either label for each text of the wishes, and how many of each group with another one.
WISHES, STRANGERS = 1, 8


def read_pairs(folder):
    """Yields (set, id, a, b, label) of every set in `folder`/pairs, capped and shuffled by seed, and of the wishes that
    were written for this project."""
    for path in sorted(pathlib.Path(folder, "pairs").glob("*.tsv.gz")):
        name = path.name[: -len(".tsv.gz")]
        rows = []
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            next(file)
            for line in file:
                columns = line.rstrip("\n").split("\t")
                if len(columns) == 4 and columns[3] in "01" and columns[1].strip() and columns[2].strip():
                    rows.append((name, columns[0], columns[1], columns[2], int(columns[3])))
        random.Random(name).shuffle(rows)
        # A few sets say that a text does not mean the same as itself.
        rows = [row for row in rows if row[4] == 1 or row[2].casefold().split() != row[3].casefold().split()]
        yield from rows[: CAPS.get(name, len(rows))]
    for group, a, b, label in itertools.chain(wishes.pairs(most=WISHES), wishes.strangers(wishes.PARTS, STRANGERS)):
        yield wishes.SET, group, a, b, label


def fold(text):
    return re.sub(r"\W+", " ", text.casefold()).strip()


def groups(rows):
    """The connected component of each row: rows that share a question, however indirectly, share a group."""
    parent = {}

    def find(key):
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for row in rows:
        a, b = find(fold(row[2])), find(fold(row[3]))
        if a != b:
            parent[a] = b
    return [find(fold(row[2])) for row in rows]


def parts(rows, folder):
    """The part of each row: `train`, `judge` or `calibrate` (training questions that the verifier did
    not learn), `dev`, `test`, or
    `None` for a row whose questions stand in several parts, or in a set that is held out.

    As in the exam a pair is of the test part when one of its questions is and none was trained on. Half of the groups that
    the verifier did not learn calibrate, beside the development part: the second stage needs little, a bound much.
    """
    split, known = Split(folder), {}

    def part(text):
        if text not in known:
            found = split.part(text)
            if found == "judge" and bucket(split.root(text), "calibrate") < 50:
                found = "calibrate"
            known[text] = found
        return known[text]

    out = []
    for row in rows:
        if row[0] == wishes.SET:
            out.append(wishes.part(row[1]))
            continue
        found = {part(row[2]), part(row[3])}
        if row[0] in HELD_OUT:
            out.append("test")
        elif len(found) == 1:
            out.append(found.pop() if found != {"held out"} else None)
        elif found == {"dev", "test"}:
            out.append("test")
        elif found == {"judge", "calibrate"}:
            out.append("judge")
        elif found <= {"train", "judge", "calibrate"}:
            out.append("train")
        else:
            out.append(None)
    return out


def domain(name):
    """The kind of text that a set belongs to: what is held out together when the model is calibrated."""
    for kind, prefixes in {
        "quora": ("qqp", "gptcache"), "sql": ("text2sql",), "logic": ("overnight",), "swaps": ("paws",),
        "edits": ("edit_",), "chinese": ("atec", "bq_", "lcqmc"), "negated": ("cannot", "semantoneg"),
        "news": ("msrp", "stsb", "sick"), "translations": ("tatoeba",),
    }.items():
        if name.startswith(prefixes):
            return kind
    return name if name == wishes.SET else "other"


def bucket(group, salt):
    """A stable figure in [0, 100) for a group."""
    return int.from_bytes(hashlib.sha256(f"{salt}\0{group}".encode()).digest()[:4], "big") % 100
