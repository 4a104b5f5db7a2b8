"""What stands for a published post in comparisons, where the database does the comparing (PostgreSQL).

Derived from the post's passages and text, so it can be thrown away and made again; SQLite's processes keep the same in
memory and leave this table empty.
"""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Embedding
from models.post import PostSide


class PostVector(Base):
    """One post as one recipe makes it: an encoder's weights and everything that is done with their vectors.

    ``vector`` is float32, as long as posts of its kind are, and has ``dimensions`` numbers, None and 0 for a post
    without passages of that encoder. ``stems`` are the stems of its words with spaces between, ``weights`` a float32
    for each of them.
    """

    __tablename__ = "post_vector"

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    recipe: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[PostSide]
    dimensions: Mapped[int]
    vector: Mapped[bytes | None] = mapped_column(Embedding)
    stems: Mapped[str]
    weights: Mapped[bytes]
