"""Which language a text seems to be written in, told by its small words. It says nothing rather than guess."""

import re
from collections import Counter

# Frequent in its language and rare in the others; one that is in two lists counts for the later language.
SMALL_WORDS = {
    "en": "the and of with for our we are who from that you they this have will which need by is or be can",
    "de": "der und das wir mit für von den dem eine einen einer ist sind nicht auf suchen werden oder bei aus zum zur"
    " über ab sie sich uns unsere unser wer",
    "es": "el los las y más nuestros nuestra nuestro somos buscamos ofrecemos necesitamos desde son hay años",
    "fr": "les des nous avec dans qui est sur aux notre nos et du une cherchons vous sont leur pour à",
    "it": "il gli della delle dei nel nella sono cerchiamo nostri nostra degli alla anche offriamo di che ed",
    "nl": "het een voor wij zijn onze naar zoeken worden niet ook uit deze aan kunnen bieden",
    "pl": "oraz dla jest się nie szukamy które naszych lub od potrzebujemy będą przy który oferujemy na ze",
    "pt": "os uma não nossa nossos procuramos em ao são precisamos também pela oferecemos até nós",
    "sv": "och att som för är vi ett från till våra söker inte kan hos oss",
}
LEAST_FOUND = 3
# So many times as many as of the language that the writer chose.
TIMES_AS_MANY = 3

_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGE_OF = {word: code for code, words in SMALL_WORDS.items() for word in words.split()}


def other_language(text: str, chosen: str) -> str | None:
    """The language (ISO 639-1) that this text seems to be in, if that is clearly not the chosen one."""
    found = Counter(_LANGUAGE_OF[word] for word in _WORD.findall(text.casefold()) if word in _LANGUAGE_OF)
    if not found:
        return None
    language, count = found.most_common(1)[0]
    is_clear = count >= max(LEAST_FOUND, TIMES_AS_MANY * found[chosen] + 1)
    return language if language != chosen and is_clear else None
