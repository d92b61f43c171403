"""The oldest version of linkmgr that works with the tables, beside the version that they are of.

A later step that an earlier version cannot work with raises it to its own revision:
`op.execute("UPDATE alembic_version SET oldest = '<revision>'")`. After any other, processes of the
version before go on until they are replaced.
"""

import sqlalchemy as sa
from alembic import op

revision = "oldest_version_8"
down_revision = "campaigns_7"


def upgrade() -> None:
    """Add the column to Alembic's own table, whose row Alembic changes but never replaces."""
    # The first version that asks; those before work with no other tables than their own.
    op.add_column("alembic_version", sa.Column("oldest", sa.String(32), server_default=revision))
