"""Small sentences whose meaning hangs on roles, order, time, negation and logic: pairs that say the same in other words
or order, and pairs of the same words that do not. Written for this project; each family gives both labels."""

NAMES = """Anna Omar Lucy Victor Nadia Felix Irene Hugo Mina Oscar Paula Simon Greta Ivan Clara Jonas Leila Marco Nora
Stefan Tamara Quentin Rosa Yusuf Wanda Bruno Helen Kofi Petra Adil""".split()
THINGS = """tram ferry laptop printer router camera vaccine mortgage savings-account guitar violin bakery library
hospital server database spreadsheet recipe garden bridge tunnel stadium museum lamp kettle bicycle scooter drone
battery sensor invoice contract ticket voucher parcel""".split()
VERBS = [("invite", "invites", "invited"), ("call", "calls", "called"), ("pay", "pays", "paid"),
         ("follow", "follows", "followed"), ("thank", "thanks", "thanked"), ("teach", "teaches", "taught"),
         ("sue", "sues", "sued"), ("replace", "replaces", "replaced"), ("beat", "beats", "beaten"),
         ("support", "supports", "supported"), ("employ", "employs", "employed"), ("visit", "visits", "visited"),
         ("accuse", "accuses", "accused"), ("manage", "manages", "managed"), ("train", "trains", "trained"),
         ("contact", "contacts", "contacted"), ("own", "owns", "owned"), ("trust", "trusts", "trusted")]
BOTH_WAYS = ["married to", "related to", "the same age as", "a neighbour of", "a colleague of", "in contact with",
             "a cousin of", "friends with"]
ONE_WAY = ["taller than", "the boss of", "older than", "the mother of", "in debt to", "a fan of", "faster than",
           "ahead of", "jealous of", "the landlord of"]
COMPARE = [("cheaper", "more expensive"), ("faster", "slower"), ("bigger", "smaller"), ("older", "newer"),
           ("heavier", "lighter"), ("safer", "more dangerous"), ("louder", "quieter"), ("stronger", "weaker"),
           ("warmer", "colder"), ("harder", "easier")]
ACTS = [("restart the router", "restarting the router"), ("eat lunch", "eating lunch"), ("sign the contract",
        "signing the contract"), ("take the medicine", "taking the medicine"), ("charge the battery",
        "charging the battery"), ("update the firmware", "updating the firmware"), ("pay the invoice",
        "paying the invoice"), ("paint the wall", "painting the wall"), ("install the driver", "installing the driver"),
        ("close the account", "closing the account"), ("book the flight", "booking the flight"),
        ("wash the rice", "washing the rice"), ("merge the branch", "merging the branch"),
        ("export the report", "exporting the report"), ("exercise", "exercising"), ("water the plants",
        "watering the plants")]
JOBS = """nurse lawyer pilot farmer teacher painter judge plumber singer broker chemist tailor guard waiter baker
butcher driver reporter banker sailor surgeon coach clerk librarian""".split()
TRAITS = [("patient", "impatient"), ("honest", "dishonest"), ("polite", "rude"), ("brave", "cowardly"),
          ("calm", "nervous"), ("generous", "stingy"), ("confident", "insecure"), ("punctual", "late"),
          ("tidy", "messy"), ("cheerful", "gloomy"), ("modest", "arrogant"), ("flexible", "rigid")]

DEEDS = """archive duplicate print move lock import restore approve translate publish hide pin forward submit preview
transfer renew upload download compress mute sort split merge sign""".split()
OBJECTS = """folder ticket contract channel calendar playlist photo subscription certificate profile mailbox board form
survey project template image label device group page task""".split()


def two(rng, items):
    return rng.sample(items, 2)


def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def passive(rng):
    a, b = two(rng, NAMES)
    base, present, past = rng.choice(VERBS)
    forms = {"ab": [f"Did {a} {base if base != 'beat' else 'beat'} {b}?", f"Was {b} {past} by {a}?",
                    f"Is it true that {b} was {past} by {a}?"],
             "ba": [f"Did {b} {base} {a}?", f"Was {a} {past} by {b}?", f"Is it true that {a} was {past} by {b}?"]}
    return forms["ab"], forms["ba"]


def relation(rng):
    a, b = two(rng, NAMES)
    if rng.random() < 0.5:
        r = rng.choice(BOTH_WAYS)
        other = rng.choice(NAMES)
        return [f"Is {a} {r} {b}?", f"Is {b} {r} {a}?"], [f"Is {a} {r} {other if other not in (a, b) else 'Zoe'}?"]
    r = rng.choice(ONE_WAY)
    return [f"Is {a} {r} {b}?", f"is it true that {a} is {r} {b}"], [f"Is {b} {r} {a}?"]


def comparison(rng):
    a, b = two(rng, THINGS)
    up, down = rng.choice(COMPARE)
    return ([f"Is the {a} {up} than the {b}?", f"Is the {b} {down} than the {a}?",
             f"Between the {a} and the {b}, is the {a} the {up} one?"],
            [f"Is the {b} {up} than the {a}?", f"Is the {a} {down} than the {b}?"])


def choice(rng):
    a, b = two(rng, THINGS)
    up, down = rng.choice(COMPARE)
    return ([f"Which is {up}, the {a} or the {b}?", f"Which is {up}: the {b} or the {a}?",
             f"the {a} or the {b}: which one is {up}?"],
            [f"Which is {down}, the {a} or the {b}?", f"Is the {a} {up}?"])


def order(rng):
    (a, doing_a), (b, doing_b) = two(rng, ACTS)
    return ([f"Should I {a} before I {b}?", f"Should I {a} before {doing_b}?", f"Should I {b} after {doing_a}?",
             f"Before I {b}, should I {a}?", f"Is it right to {a} first and then {b}?"],
            [f"Should I {b} before I {a}?", f"Should I {a} after {doing_b}?", f"Is it right to {b} first and then {a}?"])


def conditional(rng):
    (a, doing_a), (b, _) = two(rng, ACTS)
    n = rng.choice(NAMES)
    return ([f"What happens if I {a} and do not {b}?", f"What happens if I don't {b} but {a}?"],
            [f"What happens if I {b} and do not {a}?", f"What happens if I {a} and {b}?",
             f"What happens if {n} does not {a}?"])


def state(rng):
    n, (j, k) = rng.choice(NAMES), two(rng, JOBS)
    return ([f"Is {n} {article(j)}?", f"Does {n} work as {article(j)}?", f"is {n} currently {article(j)}?"],
            [f"Was {n} {article(j)} before?", f"Did {n} use to be {article(j)}?", f"Is {n} becoming {article(j)}?",
             f"Is {n} {article(k)}?", f"Is {n} {article(j)} or {article(k)}?", f"Isn't {n} also {article(k)}?"])


def both(rng):
    n, (j, k) = rng.choice(NAMES), two(rng, JOBS)
    return ([f"Is {n} {article(j)} and {article(k)}?", f"Is {n} both {article(k)} and {article(j)}?",
             f"Is {n} {article(j)} and also {article(k)}?"],
            [f"Is {n} {article(j)} or {article(k)}?", f"Is {n} {article(j)}?"])


def trait(rng):
    good, bad = rng.choice(TRAITS)
    n = rng.choice(["I", "my son", "someone", "a leader", "a student"])
    do = "do" if n == "I" else "does"
    return ([f"How {do if n != 'I' else 'can'} {n} become more {good}?", f"How {do if n != 'I' else 'can'} {n} become less {bad}?",
             f"What makes {n if n != 'I' else 'me'} more {good}?"],
            [f"How {do if n != 'I' else 'can'} {n} become more {bad}?", f"How {do if n != 'I' else 'can'} {n} become less {good}?"])


def negation(rng):
    n, j, (good, bad) = rng.choice(NAMES), rng.choice(JOBS), rng.choice(TRAITS)
    return ([f"What are things {article(j)} should do?", f"What should {article(j)} do?"],
            [f"What are things {article(j)} should not do?", f"What should {article(j)} never do?"]) \
        if rng.random() < 0.5 else \
        ([f"Why is {n} so {good}?", f"What is the reason that {n} is so {good}?", f"Why isn't {n} {bad}?"],
         [f"Why is {n} not {good}?", f"Why is {n} so {bad}?"])


def pronoun(rng):
    a, b = two(rng, NAMES)
    base, _, past = rng.choice(VERBS)
    return ([f"If {a} meets {b}, will {a} {base} {b}?", f"If {a} and {b} meet, will {b} be {past} by {a}?"],
            [f"If {a} meets {b}, will {b} {base} {a}?", f"If {a} and {b} meet, will {a} be {past} by {b}?"])


def route(rng):
    a, b = two(rng, ["Oslo", "Lima", "Cairo", "Quito", "Hanoi", "Perth", "Porto", "Basel", "Turin", "Accra"])
    thing = rng.choice(["flights", "trains", "buses", "rates for parcels", "transfers", "shipments"])
    return ([f"{thing} from {a} to {b}", f"{thing} to {b} from {a}", f"show me {thing} that go from {a} to {b}",
             f"what {thing} are there leaving {a} for {b}"],
            [f"{thing} from {b} to {a}", f"{thing} to {a} from {b}", f"show me {thing} between {a} and Vienna"])


def quantity(rng):
    a, b = two(rng, THINGS)
    n = rng.randrange(2, 40)
    return ([f"list the {a}s with at least {n} {b}s", f"which {a}s have {n} or more {b}s",
             f"find me every {a} that has no fewer than {n} {b}s"],
            [f"list the {a}s with at most {n} {b}s", f"which {a}s have exactly {n} {b}s",
             f"which {a}s have more than {n} {b}s", f"which {b}s have {n} or more {a}s"])


def extreme(rng):
    a, b = two(rng, THINGS)
    up, down = rng.choice([("most", "fewest"), ("largest number of", "smallest number of")])
    return ([f"which {a} has the {up} {b}s", f"find the {a} with the {up} {b}s",
             f"what is the {a} that has the {up} {b}s"],
            [f"which {a} has the {down} {b}s", f"which {b} has the {up} {a}s", f"which {a} has {b}s"])


def task(rng):
    """What is done, and to what: either may be another, however alike the rest is."""
    (deed, other_deed), (thing, other_thing) = two(rng, DEEDS), two(rng, OBJECTS)
    owner = rng.choice(["a ", "my ", "the ", f"{rng.choice(NAMES)}'s ", ""])
    number = f" {rng.randrange(1, 60)}" if not owner or rng.random() < 0.2 else ""
    say = lambda deed, thing: [
        f"How do I {deed} {owner}{thing}{number}?", f"Please tell me how to {deed} {owner}{thing}{number}",
        f"what is the way to {deed} {owner}{thing}{number}", f"I would like to {deed} {owner}{thing}{number}. What do I do?",
        f"{deed} {owner}{thing}{number}", f"can you explain how {owner or 'a '}{thing}{number} can be {past(deed)}?"]
    return say(deed, thing), say(*rng.choice([(other_deed, thing), (deed, other_thing), (other_deed, other_thing)]))


def past(deed):
    """The participle of one of DEEDS."""
    special = {"submit": "submitted", "hide": "hidden", "pin": "pinned", "split": "split", "transfer": "transferred"}
    return special.get(deed) or deed + ("d" if deed[-1] == "e" else "ed")


FAMILIES = [passive, relation, comparison, choice, order, conditional, state, both, trait, negation, pronoun, route,
            quantity, extreme, task]


def pairs(count, rng):
    """`count` pairs, half of each label, spread over the families."""
    for number in range(count // 2):
        family = FAMILIES[number % len(FAMILIES)]
        same, other = family(rng)
        for label, (a, b) in ((1, rng.sample(same, 2) if len(same) > 1 else (same[0], same[0].lower())),
                              (0, (rng.choice(same), rng.choice(other)))):
            if rng.random() < 0.5:
                a, b = b, a
            style = rng.random()
            if style < 0.3:
                a = a.lower()
            elif style < 0.4:
                a, b = a.rstrip("?"), b.lower()
            yield "template " + family.__name__, a, b, label
