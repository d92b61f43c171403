"""The tokens of the API."""

import sqlalchemy as sa
from alembic import op

revision = "tokens_3"
down_revision = "users_2"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "api_tokens",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("made", sa.Date(), nullable=False),
        sa.Column("used", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_api_tokens"),
        sa.UniqueConstraint("name", name="uq_api_tokens_name"),
    )
