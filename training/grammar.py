"""English sentences from a small grammar: the source side of the parallel pairs (pairs.py).

`sentences(count, seed)` gives distinct sentences of 3 to 40 words, every length about equally often where the grammar
allows, always the same for a seed. The words are common ones that Apertium's dictionary holds.
"""

import random

PEOPLE = """man woman boy girl teacher doctor friend neighbour student king queen soldier farmer lawyer nurse artist
writer singer waiter brother sister mother father son daughter uncle aunt cousin baker painter captain
engineer judge actor child baby president minister director scientist journalist visitor guest""".split()
ANIMALS = "dog cat horse bird cow sheep fish mouse lion bear wolf rabbit snake tiger elephant monkey".split()
THINGS = """book letter table chair car house door window ring picture bag box cup glass knife plate lamp
phone computer camera clock hat coat shirt shoe dress newspaper ticket map flower tree stone bicycle ball gift
piano guitar story song film problem question answer idea plan message secret photo mirror bed blanket umbrella""".split()
FOOD = "apple orange egg cake soup sandwich cheese bread salad banana tomato potato onion lemon strawberry".split()
PLACES = """garden street school church library kitchen office hospital museum restaurant
beach river forest mountain village city town island bridge square theatre hotel shop farm field lake castle port
airport prison factory""".split()
IRREGULAR_PLURALS = {"man": "men", "woman": "women", "child": "children", "sheep": "sheep", "fish": "fish",
    "mouse": "mice", "wolf": "wolves", "knife": "knives", "cheese": "cheeses", "photo": "photos",
    "piano": "pianos", "tomato": "tomatoes", "potato": "potatoes"}  # fmt: skip
NAMES = "John Mary Peter Anna Paul Laura Robert Julia Charles Elena Thomas Clara".split()

OF_BEINGS = """happy sad young old tall strong rich poor intelligent tired angry brave quiet famous friendly lazy
hungry sick kind serious strange""".split()
OF_THINGS = """big small red white black green blue yellow new old beautiful expensive cheap heavy dirty clean
broken interesting difficult easy important strange long short dark empty wonderful dangerous""".split()
OF_PLACES = "big small old new beautiful quiet dangerous famous modern dark empty Spanish French important".split()
OF_FOOD = "fresh hot cold delicious sweet big small green expensive".split()

IRREGULAR_VERBS = """see saw seen, find found found, know knew known, take took taken, bring brought brought,
buy bought bought, sell sold sold, lose lost lost, break broke broken, hide hid hidden, eat ate eaten,
steal stole stolen, give gave given, send sent sent, sleep slept slept, swim swam swum, go went gone, say said said,
think thought thought, understand understood understood, hear heard heard, leave left left, forget forgot forgotten,
sing sang sung, speak spoke spoken, fall fell fallen, win won won, draw drew drawn"""
WITH_PERSON = """see help visit love hate hear follow call invite understand watch protect remember
forget kill save kiss attack""".split()
WITH_THING = """see find take bring buy sell lose break hide want need clean open close paint use carry steal
repair wash touch draw prefer""".split()
WITH_FOOD = "eat buy sell want prepare cook prefer take".split()
WITH_PLACE = "visit leave see love paint prefer".split()
GIVING = "give send show sell offer".split()
ALONE = "sleep work sing cry laugh dance swim smile fall speak win suffer travel rest".split()
GOING = "go walk travel return".split()
SAYING = "say think know believe understand hope hear remember forget explain".split()

PREPOSITIONS = "in in behind".split()
WHEN = {"past": ["yesterday", "last night", "two days ago", "in the morning", "last week", "many years ago"],
    "present": ["every day", "now", "in the morning", "on Sundays", "at night", "today"],
    "future": ["tomorrow", "next week", "soon", "in the afternoon", "tonight"],
    "perfect": ["today", "this week"], "progressive": ["now"], "modal": ["now", "tomorrow", "today"]}  # fmt: skip
MANNER = "slowly quickly carefully happily quietly badly well".split()
TENSES = ["past"] * 5 + ["present"] * 5 + ["future"] * 2 + ["perfect"] * 2 + ["progressive"] * 2 + ["modal"] * 2
MODALS = "can must should".split()
NUMBERS = "two three four five six ten".split()
# English words that are also nouns or adjectives: Apertium takes them for those in the plain present and future.
AMBIGUOUS = set("""love visit help hate watch follow call kiss attack want need clean open close paint use repair wash
touch draw cook work cry dance smile travel rest walk return show offer hope break fall sleep""".split())
SUBJECTS = {"I": ("I", "me", "my"), "you": ("you", "you", "your"), "he": ("he", "him", "his"),
    "she": ("she", "her", "her"), "we": ("we", "us", "our"), "they": ("they", "them", "their")}  # fmt: skip
PARTS = {word.split()[0]: word.split()[1:] for word in IRREGULAR_VERBS.replace("\n", " ").split(", ")}
NOUNS = {"person": PEOPLE, "animal": ANIMALS, "thing": THINGS, "food": FOOD, "place": PLACES}
ADJECTIVES = {"person": OF_BEINGS, "animal": OF_BEINGS, "thing": OF_THINGS, "food": OF_FOOD, "place": OF_PLACES}
VOWELS = "aeiou"


def third_person(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "o")):
        return verb + "es"
    return verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in VOWELS else verb + "s"


def past(verb: str) -> str:
    if verb in PARTS:
        return PARTS[verb][0]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return verb[:-1] + "ied"
    return verb + {"travel": "led", "prefer": "red"}.get(verb, "ed")


def participle(verb: str) -> str:
    return PARTS[verb][1] if verb in PARTS else past(verb)


def progressive(verb: str) -> str:
    if verb in ("swim", "win", "forget", "travel", "prefer"):
        return verb + verb[-1] + "ing"
    return verb[:-1] + "ing" if verb.endswith("e") and verb != "see" else verb + "ing"


def plural(noun: str) -> str:
    return IRREGULAR_PLURALS.get(noun) or third_person(noun)


class Grammar:
    """Draws phrases as lists of words. A subject is (words, number): number is "I", "sg" or "pl"."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def noun_phrase(self, kind: str, depth: int = 0) -> tuple[list[str], str]:
        """A determiner, up to two adjectives and a noun, perhaps with a place or a relative clause (depth > 0)."""
        pick = self.rng.choice
        if kind == "person" and self.chance(0.15):
            return [pick(NAMES)], "sg"
        number = "pl" if self.chance(0.3) else "sg"
        noun = pick(NOUNS[kind])
        words = [plural(noun) if number == "pl" else noun]
        for _ in range(pick([0, 0, 0, 1, 1, 1, 2])):
            adjective = pick(ADJECTIVES[kind])
            if adjective not in words:
                words.insert(0, adjective)
        which = self.rng.random()
        if which < 0.45:
            determiner = "the"
        elif which < 0.65:
            determiner = pick([forms[2] for forms in SUBJECTS.values()])
        elif which < 0.75:
            determiner = "this" if number == "sg" else pick(["these", "those"])
        elif number == "pl":
            determiner = pick(["many", *NUMBERS])
        else:
            determiner = "an" if words[0][0] in VOWELS else "a"
        words.insert(0, determiner)
        if depth > 0 and self.chance(0.3):
            words += ["of", *self.noun_phrase("person")[0]] if kind in ("thing", "food") else self.place()
        elif depth > 0 and self.chance(0.35):
            words += self.relative(kind, number, depth - 1)
        return words, number

    def place(self) -> list[str]:
        return [self.rng.choice(PREPOSITIONS), *self.noun_phrase("place")[0]]

    def relative(self, kind: str, number: str, depth: int) -> list[str]:
        """who / that …, with the noun as the subject or the object of the clause."""
        being = kind in ("person", "animal")
        if being and self.chance(0.7):
            return ["who" if kind == "person" else "that", *self.predicate(number, self.rng.choice(TENSES), depth)]
        subject, subject_number = self.subject(0)
        verbs = {"thing": WITH_THING, "food": WITH_FOOD, "place": WITH_PLACE}.get(kind, WITH_PERSON)
        tense = self.rng.choice(["past", "past", "present"])
        return ["that", *subject, *self.verb(self.rng.choice(verbs), subject_number, tense)]

    def subject(self, depth: int, pronouns: bool = True) -> tuple[list[str], str]:
        if pronouns and self.chance(0.3):
            pronoun = self.rng.choice(list(SUBJECTS))
            return [pronoun], {"I": "I", "he": "sg", "she": "sg"}.get(pronoun, "pl")
        return self.noun_phrase("person" if self.chance(0.8) else "animal", depth)

    def verb(self, verb: str, number: str, tense: str, negated: bool | None = None) -> list[str]:
        """The verb with its auxiliaries; every sixth one is negated unless told."""
        if negated is None:
            negated = self.chance(0.16)
        no = ["not"] if negated else []
        if tense in ("present", "future") and verb in AMBIGUOUS:
            tense = "progressive" if tense == "present" else "modal"
        if tense == "past":
            return ["did", "not", verb] if negated else [past(verb)]
        if tense == "present":
            if negated:
                return ["does" if number == "sg" else "do", "not", verb]
            return [third_person(verb) if number == "sg" else verb]
        if tense == "future":
            return ["will", *no, verb]
        if tense == "perfect":
            return ["has" if number == "sg" else "have", *no, participle(verb)]
        if tense == "modal":
            return [self.rng.choice(MODALS), *no, verb]
        return [{"I": "am", "sg": "is"}.get(number, "are"), *no, progressive(verb)]

    def be(self, number: str, tense: str) -> list[str]:
        no = ["not"] if self.chance(0.16) else []
        if tense == "future":
            return ["will", *no, "be"]
        if tense in ("past", "perfect"):
            return ["was" if number in ("I", "sg") else "were", *no]
        return [{"I": "am", "sg": "is"}.get(number, "are"), *no]

    def objects(self, verb_kind: str, depth: int) -> list[str]:
        """A pronoun or a noun phrase."""
        if self.chance(0.25):
            if verb_kind == "person":
                return [self.rng.choice(list(SUBJECTS.values()))[1]]
            return [self.rng.choice(["it", "it", "them"])]
        if verb_kind == "person" and self.chance(0.15):
            return self.noun_phrase("animal", depth)[0]
        return self.noun_phrase(verb_kind, depth)[0]

    def predicate(self, number: str, tense: str, depth: int) -> list[str]:
        """A verb with what belongs to it."""
        pick, kind = self.rng.choice, self.rng.random()
        if tense == "progressive" and kind > 0.9:
            kind = 0.5
        if kind < 0.24:
            return [*self.verb(pick(WITH_PERSON), number, tense), *self.objects("person", depth)]
        if kind < 0.46:
            return [*self.verb(pick(WITH_THING), number, tense), *self.objects("thing", depth)]
        if kind < 0.54:
            return [*self.verb(pick(WITH_FOOD), number, tense), *self.objects("food", depth)]
        if kind < 0.59:
            return [*self.verb(pick(WITH_PLACE), number, tense), *self.noun_phrase("place", depth)[0]]
        if kind < 0.71:
            thing = self.noun_phrase("thing")[0]
            verb = self.verb(pick(GIVING), number, tense)
            if self.chance(0.4):
                return [*verb, pick(list(SUBJECTS.values()))[1], *thing]
            return [*verb, *thing, "to", *self.noun_phrase("person")[0]]
        if kind < 0.80:
            return [*self.verb(pick(ALONE), number, tense), *(self.place() if self.chance(0.5) else [])]
        if kind < 0.88:
            return [*self.verb(pick(GOING), number, tense), "to", *self.noun_phrase("place", depth)[0]]
        if kind < 0.94 and depth > 0:
            clause = self.clause(depth - 1)
            return [*self.verb(pick(SAYING), number, tense), "that", *clause]
        return [*self.be(number, tense), *(["very"] if self.chance(0.3) else []), pick(OF_BEINGS)]

    def clause(self, depth: int, tense: str | None = None, pronouns: bool = True) -> list[str]:
        """Subject and predicate, perhaps with a time or a manner."""
        tense = tense or self.rng.choice(TENSES)
        subject, number = self.subject(depth, pronouns)
        words = [*subject, *self.predicate(number, tense, depth)]
        if self.chance(0.3):
            words += self.rng.choice(WHEN[tense]).split()
        elif self.chance(0.12):
            words.append(self.rng.choice(MANNER))
        return words

    def question(self, depth: int) -> list[str]:
        """Who …? or why is …? (Apertium gets the auxiliary of other questions wrong.)"""
        if self.chance(0.8):
            return ["who", *self.predicate("sg", self.rng.choice(["past", "past", "present", "modal"]), depth)]
        subject, number = self.noun_phrase("person")
        return ["why", "is" if number == "sg" else "are", *subject, self.rng.choice(OF_BEINGS)]

    def sentence(self) -> list[str]:
        """One to six clauses joined, with its mark at the end."""
        if self.chance(0.08):
            return [*self.question(self.rng.choice([0, 1])), "?"]
        clauses = self.rng.choice([1, 1, 1, 2, 2, 3, 3, 4, 4, 5])
        depth = self.rng.choice([0, 1, 1, 2])
        tense = self.rng.choice(TENSES)
        if clauses > 1 and self.chance(0.15):
            words = [self.rng.choice(["when", "if"]), *self.clause(depth, tense), ","]
            words += self.clause(depth, tense)
            clauses -= 2
        else:
            words = self.clause(depth, tense)
            clauses -= 1
        for _ in range(clauses):
            join = self.rng.choice(["and", "and", "but", "because", "when", "because", ", and", ", but", "while"])
            # Apertium loses the verb's person after "and I", "but he" …
            pronouns = join in ("because", "when", "while")
            words += [*join.split(), *self.clause(depth, tense if self.chance(0.6) else None, pronouns)]
        return [*words, "."]


def write(words: list[str]) -> str:
    """The words as text: capital at the start, marks without a space before them."""
    text = " ".join(words).replace(" ,", ",").replace(" .", ".").replace(" ?", "?")
    return text[0].upper() + text[1:]


def sentences(count: int, seed: int, shortest: int = 3, longest: int = 40) -> list[str]:
    """Distinct sentences of `shortest` to `longest` words, marks not counted, as evenly spread as the grammar allows."""
    grammar, room, made = Grammar(seed), {}, {}
    for length in range(shortest, longest + 1):
        room[length] = count / (longest - shortest + 1) * 1.06
    for _ in range(count * 12):
        if len(made) >= count:
            break
        words = grammar.sentence()
        length = sum(word not in ",.?" for word in words)
        if room.get(length, 0) < 1:
            continue
        text = write(words)
        if text not in made:
            made[text] = None
            room[length] -= 1
    return list(made)


if __name__ == "__main__":
    print("\n".join(sentences(40, seed=1)))
