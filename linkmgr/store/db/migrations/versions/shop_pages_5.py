"""What is known of the shops' pages that the site links to."""

import sqlalchemy as sa
from alembic import op

revision = "shop_pages_5"
down_revision = "revisions_4"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "shop_pages",
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("place", sa.String(300), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("linked", sa.BigInteger(), nullable=False),
        sa.Column("looked", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(20), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("target", sa.String(2000), nullable=False),
        sa.Column("failing", sa.String(20), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("dismissed", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("url", name="pk_shop_pages"),
    )
