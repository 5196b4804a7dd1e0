"""What the index keeps beside the records; the migration makes the rest (FTS5 tables, triggers)."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base

# Compared by signs, so that beginnings are found in the index.
WORD = String().with_variant(String(collation="C"), "postgresql")


class SearchWord(Base):
    """A word that some record has, or had. The same word may stand twice: nobody waits for anybody."""

    __tablename__ = "search_words"
    __table_args__ = (Index("ix_search_words_word", "word"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(WORD)


class SearchMark(Base):
    """Up to which key the FTS5 index has taken in the records of a kind; those above are new to it."""

    __tablename__ = "search_marks"
    __history__ = False

    kind: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[int]


class SearchPending(Base):
    """A record below its kind's mark that changed since; `was` is the text that the index knows of it."""

    __tablename__ = "search_pending"
    __history__ = False

    kind: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    was: Mapped[str | None]
