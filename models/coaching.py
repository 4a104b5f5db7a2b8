"""Coaching: concrete hints that turn a vague post into one that can be answered.

A hint is a question with a code; the words that a person reads belong to ``web/``. Hints never forbid
publishing.
"""

import re
from enum import StrEnum

from models.post import PostKind, PostSide

SHORT_TEXT_WORDS = 15
LONG_TEXT_WORDS = 400
# So many different words that say something: "engineers" could be anything, "spectroscopy" not.
TELLING_WORDS = 5
SHORTEST_TELLING_WORD = 5

COUNTED_KINDS = frozenset(
    {
        PostKind.TALENT,
        PostKind.PLACEMENT,
        PostKind.TRAINING,
        PostKind.LECTURERS,
        PostKind.GRADUATES,
        PostKind.JOBS,
    }
)
# What stands open all year round (a laboratory, a programme) needs no date; these do.
DATED_KINDS = frozenset(
    {
        PostKind.TALENT,
        PostKind.PLACEMENT,
        PostKind.TRAINING,
        PostKind.FACILITY,
        PostKind.LECTURERS,
        PostKind.CO_FUNDING,
        PostKind.JOBS,
    }
)


class Hint(StrEnum):
    """What a reader of the post would ask next; LANGUAGE and KIND doubt what was chosen beside the text."""

    LANGUAGE = "language"
    MORE_WORDS = "more_words"
    SKILLS = "skills"
    QUANTITY = "quantity"
    AMOUNT = "amount"
    WHEN = "when"
    WHERE = "where"
    RETURN = "return"
    ONE_PURPOSE = "one_purpose"
    KIND = "kind"


# Advice for a post that can be answered as it is; the others say that it is vague.
ADVICE = frozenset({Hint.RETURN, Hint.ONE_PURPOSE, Hint.KIND})

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_UNSPACED_LETTER = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_TERM = re.compile(r"\b[A-Z]{2,}\b|\b[A-Za-z]+[-/]?\d|\b[a-z]+[A-Z]|\b[A-Za-z](?:\+\+|#)")
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|dozen|hundred"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig|dutzend|hundert"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|veinte|deux|trois|quatre|cinq|six|sept|huit|neuf|dix"
    r"|douze|vingt)\b",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\b(?:20\d\d|q[1-4]|week|weeks|month|months|year|years|semester|term|spring|summer|autumn|fall|winter|immediately"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember|monate?n?|jahre?n?|frühjahr|sommer|herbst|sofort"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|mes|meses|año|años"
    r"|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|mois|année|années)\b",
    re.IGNORECASE,
)
# What people write who seek mentors, data or money, and do not see that there is a kind for it.
_HAS_A_KIND = re.compile(
    r"\b(?:mentors?|lecturers?|guest lectures?|data(?:sets?)?|samples?|(?:co-?)?funding|sponsors?"
    r"|mentor(?:inn?en)?|dozent(?:inn?en)?|gastvorträge|datens(?:atz|ätze)|messdaten|proben|fördermittel|sponsoren"
    r"|mentores|profesores invitados|datos|muestras|financiación|patrocinador(?:es)?"
    r"|intervenants?|données|échantillons|financement)\b",
    re.IGNORECASE,
)
_OFFERED_IN_RETURN = re.compile(
    r"\b(?:offer|offers|provide|give|fund|pay|paid|in return|bring|contribute|lend|share|happy to"
    r"|bieten|stellen|zahlen|ofrecemos|pagamos|aportamos|offrons|payons)\b",
    re.IGNORECASE,
)
# Words that many posts use and that tell none of them apart.
_GENERAL_WORDS = frozenset(
    """
    about able also available become being cannot company could daily department employee employees
    engineer engineers every excellent experience experienced expert experts field future general
    good great group help highly immediately industry interested interesting large looking motivated
    myself needed needs organisation organization other others partner partners people person
    persons please position positions possible problem problems professional professionals project
    projects qualified quickly really required search seek seeking several skill skilled skills
    small solution solutions someone something soon specialist specialists staff strong student
    students study support talent talented talents technology their there these thing things those
    together topic topics trained training university urgent urgently various want wanted wants well
    where which willing within without worker workers working would years young your bitte dringend
    erfahrene fachkräfte firma gesucht gute ingenieur ingenieure ingenieurinnen leute mitarbeiter
    mitarbeitende motivierte personal qualifizierte studenten studierende suchen unternehmen
    unterstützung buscamos empresa estudiantes ingenieros necesitamos personas trabajadores urgente
    cherchons entreprise étudiants ingénieurs personnes recherchons
    """.split()  # noqa: SIM905 # A hundred quoted words would be hard to read.
)


def coach(
    side: PostSide,
    kind: PostKind | None,
    title: str,
    text: str,
    quantity: int | None,
    has_dates: bool,
    has_place: bool,
) -> list[Hint]:
    """The hints for a post as it stands, the most useful first; an empty list for a post that needs none.

    ``has_place`` counts the unit's place and "remote" as well.
    Whether the text is in the language that the writer chose is asked apart.
    """
    whole = f"{title}\n{text}"
    words = _count_of_words(text)
    hints: list[Hint] = []
    if words < SHORT_TEXT_WORDS:
        hints.append(Hint.MORE_WORDS)
    if not _is_specific(whole):
        hints.append(Hint.SKILLS)
    if kind in COUNTED_KINDS and quantity is None and not _NUMBER.search(whole):
        hints.append(Hint.QUANTITY)
    if kind is PostKind.CO_FUNDING and not _NUMBER.search(whole):
        hints.append(Hint.AMOUNT)
    if kind in DATED_KINDS and not has_dates and not _MOMENT.search(whole):
        hints.append(Hint.WHEN)
    if not has_place:
        hints.append(Hint.WHERE)
    if side is PostSide.NEED and not _OFFERED_IN_RETURN.search(text):
        hints.append(Hint.RETURN)
    if words > LONG_TEXT_WORDS:
        hints.append(Hint.ONE_PURPOSE)
    if kind is PostKind.OTHER and _HAS_A_KIND.search(whole):
        hints.append(Hint.KIND)
    return hints


def is_vague(hints: list[Hint]) -> bool:
    """Whether a reader could not answer yet: such a post is held once before it is published."""
    return any(hint not in ADVICE for hint in hints)


def _count_of_words(text: str) -> int:
    # Scripts without blanks between words: about two letters make a word.
    return len(text.split()) + len(_UNSPACED_LETTER.findall(text)) // 2


def _is_specific(text: str) -> bool:
    words = {word.casefold() for word in _WORD.findall(text)}
    telling = {word for word in words if len(word) >= SHORTEST_TELLING_WORD} - _GENERAL_WORDS
    terms = set(_TERM.findall(text))
    unspaced = len(_UNSPACED_LETTER.findall(text)) // 4
    return len(telling) + 2 * len(terms) + unspaced >= TELLING_WORDS
