"""What the tokens of the API may do, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "token_scopes_6"
down_revision = "shop_pages_5"


def upgrade() -> None:
    """Add the columns; the tokens that are there keep all rights, for ever."""
    all_rights = sa.text("'build edit read'")
    op.add_column(
        "api_tokens", sa.Column("scopes", sa.String(40), nullable=False, server_default=all_rights)
    )
    op.add_column("api_tokens", sa.Column("expires", sa.Date(), nullable=True))
