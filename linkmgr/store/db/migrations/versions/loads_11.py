"""Which times the latest transactions of loaders were about, for the other loaders."""

import sqlalchemy as sa
from alembic import op

revision = "loads_11"
down_revision = "visitor_keys_10"


def upgrade() -> None:
    """Make the table; loaders of the version before write nothing into it."""
    op.create_table(
        "loads",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_loads"),
    )
