"""The deployment's keys of visitors, and the days that had several."""

import sqlalchemy as sa
from alembic import op

revision = "visitor_keys_10"
down_revision = "partitions_9"


def upgrade() -> None:
    """Make the tables; that of the keys in PostgreSQL alone, where several nodes share it."""
    op.create_table(
        "visitor_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("doubled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_visitor_days"),
    )
    if op.get_context().dialect.name == "postgresql":
        op.create_table(
            "visitor_keys",
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("key", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("day", name="pk_visitor_keys"),
            prefixes=["UNLOGGED"],
        )
