"""All tables of the first version."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from linkmgr.store.db.partitions import add_partitions, months_ahead

revision = "tables_1"
down_revision = None

# The clicks of months that have no table of their own.
_ALL_OTHERS = """\
CREATE TABLE clicks_default (LIKE clicks INCLUDING DEFAULTS,
    CONSTRAINT pk_clicks_default PRIMARY KEY (id));
ALTER TABLE clicks ATTACH PARTITION clicks_default DEFAULT"""


def upgrade() -> None:
    """Make the tables."""
    _make_clicks()
    _make_counts()
    _make_accounts()
    _make_history()
    _make_earnings()
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
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("dismissed", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("url", name="pk_shop_pages"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("stops", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )


def _make_clicks() -> None:
    """Make the table of clicks, in PostgreSQL one of partitions, and what loading it keeps."""
    op.create_table(
        "clicks",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("own", sa.SmallInteger(), nullable=False),
        sa.Column("other", sa.SmallInteger(), nullable=False),
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
        sa.Column("campaign", sa.String(200), nullable=False),
        sa.Column("variant", sa.String(73), nullable=False),
        sa.Column("tracking", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clicks"),
        sqlite_with_rowid=False,
        postgresql_partition_by="RANGE (id)",
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_ALL_OTHERS)
        add_partitions(connection, months_ahead(datetime.now(UTC).date()))
    op.create_table(
        "spool_positions",
        sa.Column("file", sa.String(100), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file", name="pk_spool_positions"),
    )
    op.create_table(
        "variant_tests",
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("key", sa.String(8), nullable=False),
        sa.Column("test", sa.String(16), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("shows", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("vary_by", sa.String(4), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item", "key", name="pk_variant_tests"),
    )
    op.create_table(
        "last_targets",
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("item", name="pk_last_targets"),
    )
    op.create_table(
        "renamed_items",
        sa.Column("old", sa.String(200), nullable=False),
        sa.Column("item", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("old", name="pk_renamed_items"),
    )
    op.create_table(
        "hints_aside",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_hints_aside"),
    )


def _make_counts() -> None:
    """Make the tables of days, of their totals, and of views."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("pruned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_days"),
    )
    for table, counts in (
        ("totals", ("clicks", "visitors", "bots")),
        ("view_totals", ("views", "clicked")),
    ):
        op.create_table(
            table,
            sa.Column("dimension", sa.String(8), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("value", sa.String(253), nullable=False),
            *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
            sa.PrimaryKeyConstraint("dimension", "day", "value", name=f"pk_{table}"),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "views",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("post", sa.String(16), nullable=False),
        sa.Column("block", sa.String(200), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("variant", sa.String(73), nullable=False),
        sa.Column("tracking", sa.String(100), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("clicked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("day", "item", "post", "block", "rank", "variant", "tracking"), name="pk_views"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_views_post", "views", ["post", "day"])
    op.create_table(
        "visitor_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("doubled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_visitor_days"),
    )
    if on_postgresql:  # where several nodes share it
        op.create_table(
            "visitor_keys",
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("key", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("day", name="pk_visitor_keys"),
            prefixes=["UNLOGGED"],
        )


def _make_accounts() -> None:
    """Make the tables of the admin's accounts, and of how one gets in."""
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
    op.create_table(
        "account_links",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_account_links"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("made", sa.Date(), nullable=False),
        sa.Column("used", sa.Date(), nullable=True),
        sa.Column("scopes", sa.String(40), nullable=False),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_api_tokens"),
        sa.UniqueConstraint("name", name="uq_api_tokens_name"),
    )


def _make_history() -> None:
    """Make the tables of what the catalog was: its texts, and the entries that each changed."""
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


def _make_earnings() -> None:
    """Make the tables of what links earned: files, their rows, and sums of these."""
    op.create_table(
        "earning_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("programme", sa.String(100), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("tax", sa.String(8), nullable=False),
        sa.Column("money", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("dated", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_earning_files"),
    )
    op.create_table(
        "earnings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(9), nullable=False),
        sa.Column("conversion", sa.String(64), nullable=False),
        sa.Column("occurred", sa.Date(), nullable=True),
        sa.Column("shipped", sa.Date(), nullable=True),
        sa.Column("confirmed", sa.Date(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=True),
        sa.Column("revenue", sa.BigInteger(), nullable=True),
        sa.Column("tracking", sa.String(200), nullable=False),
        sa.Column("product", sa.String(200), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("category", sa.String(200), nullable=False),
        sa.Column("advertiser", sa.String(200), nullable=False),
        sa.Column("referrer", sa.String(500), nullable=False),
        sa.Column("sub_id", sa.String(200), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("link_type", sa.String(100), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=True),
        sa.Column("orders", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["file"], ["earning_files.id"], name="fk_earnings_file"),
        sa.PrimaryKeyConstraint("id", name="pk_earnings"),
    )
    named = sa.text("conversion <> ''")
    op.create_index(
        "ix_earnings_conversion",
        "earnings",
        ["conversion"],
        sqlite_where=named,
        postgresql_where=named,
    )
    op.create_index("ix_earnings_file", "earnings", ["file", "day"])
    amounts = (
        *("confirmed", "paid", "pending", "declined"),
        *("confirmed_sales", "pending_sales", "declined_sales", "orders"),
    )
    op.create_table(
        "earning_totals",
        sa.Column("dimension", sa.String(10), nullable=False),
        sa.Column("span", sa.String(10), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("value", sa.String(500), nullable=False),
        sa.Column("programme", sa.String(100), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in amounts),
        sa.Column("title", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint(
            *("dimension", "span", "currency", "value", "programme"), name="pk_earning_totals"
        ),
        sqlite_with_rowid=False,
    )
