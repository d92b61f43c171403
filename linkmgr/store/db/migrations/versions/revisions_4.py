"""What the catalog was: its texts, and the entries that each changed."""

import sqlalchemy as sa
from alembic import op

revision = "revisions_4"
down_revision = "tokens_3"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("summary", sa.String(200), nullable=False),
        sa.Column("revision", sa.String(64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
    )
    op.create_table(
        "revision_entries",
        sa.Column("section", sa.String(20), nullable=False),
        sa.Column("entry", sa.String(200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["revisions.id"], name="fk_revision_entries_id"),
        sa.PrimaryKeyConstraint("section", "entry", "id", name="pk_revision_entries"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_revision_entries_id", "revision_entries", ["id"])
