"""Clicks, their totals, and the last targets of the items."""

import sqlalchemy as sa
from alembic import op

revision = "clicks_1"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "clicks",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("post", sa.String(16), nullable=False),
        sa.Column("block", sa.String(200), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("shop", sa.String(200), nullable=False),
        sa.Column("route", sa.String(3), nullable=False),
        sa.Column("referrer", sa.String(253), nullable=False),
        sa.Column("device", sa.String(7), nullable=False),
        sa.Column("bot", sa.String(40), nullable=False),
        sa.Column("visitor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clicks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "totals",
        sa.Column("dimension", sa.String(8), nullable=False),
        sa.Column("value", sa.String(253), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("visitors", sa.BigInteger(), nullable=False),
        sa.Column("bots", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "value", "day", name="pk_totals"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        columns = ["dimension", "day", "value"]
        op.create_index("ix_totals_day", "totals", columns, postgresql_include=["clicks"])
    op.create_table(
        "seen",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_seen"),
    )
    op.create_table(
        "names",
        sa.Column("dimension", sa.String(8), nullable=False),
        sa.Column("value", sa.String(253), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "value", name="pk_names"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spool_positions",
        sa.Column("file", sa.String(100), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file", name="pk_spool_positions"),
    )
    op.create_table(
        "last_targets",
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("item", name="pk_last_targets"),
    )
