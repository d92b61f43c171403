"""The admin's accounts, failed log-ins and the link of the first start."""

import sqlalchemy as sa
from alembic import op

revision = "users_2"
down_revision = "clicks_1"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "login_failures",
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_login_failures"),
    )
    op.create_table(
        "setup_links",
        sa.Column("token", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_setup_links"),
    )
