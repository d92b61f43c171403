"""The campaign of each click; those before this step have none."""

import sqlalchemy as sa
from alembic import op

revision = "campaigns_7"
down_revision = "token_scopes_6"


def upgrade() -> None:
    """Add the column, which rewrites no row in either database."""
    op.add_column(
        "clicks", sa.Column("campaign", sa.String(200), server_default="", nullable=False)
    )
