"""What is cited of posts that only words can compare."""

import numpy as np
import pytest

from matching.answers import PostLine
from matching.calibration import load_calibration
from matching.encoder import HashEncoder
from matching.explanation import Explainer, Link, ReadText
from matching.sentences import split_sentences
from models.post import PostKind, PostSide, matching_text_of


def read_text(side: PostSide, title: str, text: str) -> ReadText:
    whole = matching_text_of(title, text)
    return ReadText(
        line=PostLine(1, 1, side, PostKind.OTHER, title),
        text=whole,
        language="de",
        spans=split_sentences(whole, "de"),
        passages=np.zeros((0, 64), dtype=np.float32),
    )


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Nachts. Messung an Zelle und Elektrolyt.", "Messung an Zelle und Elektrolyt."),
        ("Nachts. Am See.", "Batterie Zelle Messung"),
    ],
)
def test_the_title_is_cited_only_if_no_other_sentence_shares_a_word(text: str, cited: str) -> None:
    need = read_text(PostSide.NEED, "Batterie Zelle Messung", text)
    capability = read_text(PostSide.CAPABILITY, "", "Batterie Elektrolyt Zelle Messung")
    explainer = Explainer(load_calibration(HashEncoder.key, 64))
    reason = explainer.reason_for(Link(1, 2, 0.5, by_words_only=True), need, capability)
    assert reason.need.text == cited
