"""Folding and tokenising, the Python twin of Sources/TextEmbedding (Folding, Tokenizer).

Every code point folds by itself (no context), so a table holds the whole rule; make_fold_table
writes that table for Swift. Golden vectors hold the two implementations together.
"""

import re
import unicodedata

# Marks that are dropped: Latin, Greek and Cyrillic diacritics, Hebrew points, Arabic vowels.
# Other marks (Indic vowels, Thai) carry the word's sound and stay.
DROPPED = [(0x300, 0x36F), (0x591, 0x5BD), (0x5BF, 0x5BF), (0x5C1, 0x5C2), (0x5C4, 0x5C5), (0x610, 0x61A),
           (0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6DC), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF),
           (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0x1F3FB, 0x1F3FF), (0xE0100, 0xE01EF)]
IDEOGRAPHS = [(0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x30FA), (0x30FC, 0x30FF),
              (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]
APOSTROPHES = {0x2018, 0x2019, 0x201B, 0x02BC, 0x00B4, 0x0060, 0xFF07}
SEPARATORS = {0x2122, 0xAE, 0xA9, 0x2120, 0xFFFC, 0xFFFD}

OTHER, LETTER, DIGIT, IDEOGRAPH, SYMBOL, APOSTROPHE, JOINER = "oldcsaj"


def _within(code, ranges):
    return any(low <= code <= high for low, high in ranges)


def _strip(text):
    return "".join(c for c in text if not _within(ord(c), DROPPED) and unicodedata.category(c) != "Cf")


def fold_code(code):
    """The folded form of one code point: compatibility form, no diacritics, lower case."""
    char = chr(code)
    if code in APOSTROPHES:
        return "'"
    if code in SEPARATORS:
        return " "
    if unicodedata.decomposition(char).startswith(("<super>", "<sub>", "<fraction>")):
        return char
    folded = _strip(unicodedata.normalize("NFKD", char)).casefold()
    folded = _strip(unicodedata.normalize("NFKD", folded)).casefold()
    return unicodedata.normalize("NFC", folded)


def class_of(code):
    """The class of a folded code point."""
    char = chr(code)
    if char == "'":
        return APOSTROPHE
    if char in ".,:":
        return JOINER
    if char == "%":
        return SYMBOL
    if _within(code, IDEOGRAPHS) and unicodedata.category(char) != "Cn":
        return IDEOGRAPH
    category = unicodedata.category(char)
    if category[0] in "LM":
        return LETTER
    if category[0] == "N":
        return DIGIT
    if category in ("Sc", "Sm", "So"):
        return SYMBOL
    return OTHER


class _Lazy(dict):
    """A str.translate table that fills itself."""

    def __init__(self, rule):
        super().__init__()
        self.rule = rule

    def __missing__(self, code):
        value = self.rule(code)
        self[code] = value
        return value


_FOLD, _CLASS = _Lazy(fold_code), _Lazy(class_of)

SUFFIXES = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
IS_STEMS = {"it", "he", "she", "that", "there", "here", "what", "who", "where", "when", "how", "why"}
NOT_STEMS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
BARE = {
    "cannot": (3, "can", "not"), "cant": (2, "can", "not"), "wont": (2, "will", "not"),
    "dont": (2, "do", "not"), "doesnt": (4, "does", "not"), "didnt": (3, "did", "not"),
    "isnt": (2, "is", "not"), "arent": (3, "are", "not"), "wasnt": (3, "was", "not"),
    "werent": (4, "were", "not"), "havent": (4, "have", "not"), "hasnt": (3, "has", "not"),
    "hadnt": (3, "had", "not"), "couldnt": (5, "could", "not"), "shouldnt": (6, "should", "not"),
    "wouldnt": (5, "would", "not"), "aint": (2, "is", "not"), "whats": (4, "what", "is"),
    "hows": (3, "how", "is"), "wheres": (5, "where", "is"), "whos": (3, "who", "is"),
    "thats": (4, "that", "is"), "im": (1, "i", "am"), "ive": (1, "i", "have"),
    "youre": (3, "you", "are"), "theyre": (4, "they", "are"), "gonna": (3, "going", "to"),
    "wanna": (3, "want", "to"),
}
_PIECE = re.compile(r"[ld](?:[ld]|(?<=d)j(?=d))*|c|s")
_SUFFIX = re.compile(r"a([ld]+)")


def fold(text):
    return text.translate(_FOLD)


def tokens(text):
    """The folded words of a text, contractions expanded."""
    text = fold(text)
    classes = text.translate(_CLASS)
    found, position, last = [], 0, len(text)
    while True:
        match = _PIECE.search(classes, position)
        if match is None:
            return found
        start, position = match.span()
        kind = classes[start]
        word = text[start:position]
        if kind == SYMBOL:
            while position < last and text[position] == word:
                position += 1
            found.append(word)
            continue
        if kind == IDEOGRAPH:
            found.append(word)
            continue
        if position - start <= 2 and kind == LETTER:  # c++, c#, f#
            sign = "++" if text.startswith("++", position) else "#" if text.startswith("#", position) else ""
            after = position + len(sign)
            if sign and (after == last or classes[after] not in "ld"):
                found.append(word + sign)
                position = after
                continue
        suffix = _SUFFIX.match(classes, position) if classes[position - 1] == LETTER else None
        if suffix:
            taken = _contraction(word, text[suffix.start(1) : suffix.end(1)], found)
            if taken:
                position = suffix.end()
                continue
        if word in BARE:
            found += BARE[word][1:]
        else:
            found.append(word)


def _contraction(word, suffix, found):
    if suffix == "t" and word.endswith("n") and len(word) > 1:
        stem = word[:-1]
        found += [NOT_STEMS.get(stem, stem), "not"]
    elif suffix in SUFFIXES:
        found += [word, SUFFIXES[suffix]]
    elif suffix == "s":
        found.append(word)
        if word in IS_STEMS:
            found.append("is")
        elif word == "let":
            found.append("us")
    else:
        return False
    return True
