"""The tables of what happened."""

from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, IntFlag
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite keeps these tables in the order of their keys, without a second tree beside them.
_CLUSTERED = {"sqlite_with_rowid": False}


class Base(DeclarativeBase):
    """All tables; the names of constraints are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
        }
    )


class RowKind(IntEnum):
    """What a row of `clicks` is, as counting its day has found."""

    NEW = 0
    """Not counted yet."""
    READER = 1
    BOT = 2
    REPEATED = 3
    """Under ten seconds after the row before it of the same visitor and link."""
    CAPPED = 4
    """A reader's, past what counts of a visitor and an item on a day."""


class NameColumn(IntFlag):
    """Columns of `clicks` whose values come from readers, as bits of `own` and `other`."""

    POST = 1
    REFERRER = 2
    CAMPAIGN = 4


class ClickRow(Base):
    """A click as it was answered, and what counting its day says of it.

    The key is in the order of time, since a UUIDv7 begins with it. PostgreSQL has a table for each
    month, see `linkmgr.store.db.partitions`.
    """

    __tablename__ = "clicks"
    __table_args__ = {"postgresql_partition_by": "RANGE (id)", **_CLUSTERED}  # noqa: RUF012

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    # In the time zone that the site had when the row was loaded.
    day: Mapped[date] = mapped_column(Date)
    # A `RowKind`, `NEW` until the day is counted.
    kind: Mapped[int] = mapped_column(SmallInteger, default=RowKind.NEW)
    # Which of post and campaign were the site's own names when the row was loaded.
    own: Mapped[int] = mapped_column(SmallInteger, default=0)
    # Which of the names are counted as `OTHER`, past what a day keeps of those that are not own.
    other: Mapped[int] = mapped_column(SmallInteger, default=0)
    # Milliseconds since 1970.
    time: Mapped[int] = mapped_column(BigInteger)
    item: Mapped[str] = mapped_column(String(200))
    post: Mapped[str] = mapped_column(String(16))
    block: Mapped[str] = mapped_column(String(200))
    rank: Mapped[int] = mapped_column(SmallInteger)
    shop: Mapped[str] = mapped_column(String(200))
    route: Mapped[str] = mapped_column(String(3))
    referrer: Mapped[str] = mapped_column(String(253))
    device: Mapped[str] = mapped_column(String(7))
    # Why it is a bot's, empty for a reader's.
    bot: Mapped[str] = mapped_column(String(40))
    visitor: Mapped[int] = mapped_column(BigInteger)
    campaign: Mapped[str] = mapped_column(String(200))
    variant: Mapped[str] = mapped_column(String(73))
    tracking: Mapped[str] = mapped_column(String(100))


# A UUIDv7 begins with its time, so that a time's clicks are a range of keys.
def key_at(milliseconds: int) -> str:
    """Return the least key of a moment (since 1970)."""
    return f"{max(milliseconds, 0):012x}{'0' * 20}"


def key_of_day(day: date, timezone: str) -> str:
    """Return the least key of a day in a time zone."""
    return key_at(start_of_day(day, timezone))


def start_of_day(day: date, timezone: str) -> int:
    """Return when a day begins in a time zone, in milliseconds since 1970."""
    return int(datetime.combine(day, time(), ZoneInfo(timezone)).timestamp()) * 1000


# What a day's clicks may be earlier and later than the day in UTC: the time zones that there are.
_EARLIER, _LATER = timedelta(hours=14), timedelta(hours=12)


def keys_of_days(since: date, until: date) -> tuple[str, str]:
    """Return the least key of clicks of some days in any time zone, and the least above them.

    Between the two are clicks of the days around, too: `ClickRow.day` tells them apart.
    """
    first = datetime.combine(since, time(), UTC) - _EARLIER
    end = datetime.combine(until + timedelta(days=1), time(), UTC) + _LATER
    return key_at(int(first.timestamp()) * 1000), key_at(int(end.timestamp()) * 1000)


class CountedDay(Base):
    """A day that has clicks or views, and which state of its totals this is."""

    __tablename__ = "days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    # Goes up whenever totals or rows of the day change, so that a cache knows what it has.
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    # How often rows of clicks were added, and as of which of these times they are counted.
    loaded: Mapped[int] = mapped_column(BigInteger, default=0)
    counted: Mapped[int] = mapped_column(BigInteger, default=0)
    # By whom it is counted now: this goes up with each count that begins.
    claim: Mapped[int] = mapped_column(BigInteger, default=0)
    # Until when its clicks are counted at least, in milliseconds since 1970: when the last count
    # began, or the first rows came that it lacks.
    until: Mapped[int] = mapped_column(BigInteger, default=0)
    # Rows were deleted, so that its totals are not counted again.
    pruned: Mapped[bool] = mapped_column(Boolean, default=False)


class Total(Base):
    """The clicks of one day by one `value` of a dimension; of bots apart.

    Counting the day replaces them. `visitors` are those of the day: under another day's key the
    same reader is another one. The rows of a dimension's day lie together, as they are counted.
    """

    __tablename__ = "totals"
    __table_args__ = _CLUSTERED

    dimension: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[str] = mapped_column(String(253), primary_key=True)
    clicks: Mapped[int] = mapped_column(BigInteger)
    visitors: Mapped[int] = mapped_column(BigInteger)
    bots: Mapped[int] = mapped_column(BigInteger)


class ViewTotal(Base):
    """How often something was seen on a day, and how often then clicked, as reports say.

    The loader adds to them; no row is left of which they could be counted again.
    """

    __tablename__ = "view_totals"
    __table_args__ = _CLUSTERED

    dimension: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[str] = mapped_column(String(253), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)
    clicked: Mapped[int] = mapped_column(BigInteger)


class ViewRow(Base):
    """How often an item was seen at a place of a post on a day, and how often then clicked.

    The rows of a day lie together, as the loader adds to those of today alone, and in it those of
    an item; the index is for those of a post.
    """

    __tablename__ = "views"
    __table_args__ = (Index("ix_views_post", "post", "day"), _CLUSTERED)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    item: Mapped[str] = mapped_column(String(200), primary_key=True)
    post: Mapped[str] = mapped_column(String(16), primary_key=True)
    block: Mapped[str] = mapped_column(String(200), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    variant: Mapped[str] = mapped_column(String(73), primary_key=True)
    tracking: Mapped[str] = mapped_column(String(100), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)
    clicked: Mapped[int] = mapped_column(BigInteger)


class VisitorDay(Base):
    """A day that had a key for its visitors' hashes.

    It is `doubled` if some node had another one, so that a reader may count as two visitors.
    """

    __tablename__ = "visitor_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    doubled: Mapped[bool] = mapped_column(Boolean)


# The days' keys, in PostgreSQL, where several nodes share them; SQLite has no such table. It is not
# in `Base.metadata`, hence in no backup, and unlogged, hence on no replica.
visitor_keys = Table(
    "visitor_keys",
    MetaData(naming_convention=Base.metadata.naming_convention),
    Column("day", Date, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    prefixes=["UNLOGGED"],
)


class SpoolPosition(Base):
    """How far a spool file is loaded, in bytes. Its name is never used again."""

    __tablename__ = "spool_positions"

    file: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class VariantTestRow(Base):
    """A test of an item's variants, as it was published at a time.

    Rows of the same `test` have the same variants and differ in weights or in the share.
    """

    __tablename__ = "variant_tests"

    item: Mapped[str] = mapped_column(String(200), primary_key=True)
    # What names these weights and this share where views and clicks are counted.
    key: Mapped[str] = mapped_column(String(8), primary_key=True)
    test: Mapped[str] = mapped_column(String(16))
    # JSON: how often each variant is shown, against the others.
    weights: Mapped[str] = mapped_column(Text)
    # JSON: the item that each variant shows, under which its views and clicks are stored.
    shows: Mapped[str] = mapped_column(Text)
    # The percentage of page views, or of posts, that take part.
    share: Mapped[float] = mapped_column(Double)
    # `view` or `post`.
    vary_by: Mapped[str] = mapped_column(String(4))
    # When it was published, in milliseconds since 1970.
    since: Mapped[int] = mapped_column(BigInteger)


class LastTarget(Base):
    """Where a published item's link led last, as JSON of a `Target`, should it be deleted."""

    __tablename__ = "last_targets"

    item: Mapped[str] = mapped_column(String(200), primary_key=True)
    target: Mapped[str] = mapped_column(Text)
    deleted: Mapped[date | None] = mapped_column(Date)


class RenamedItem(Base):
    """An id that an item had before, by which rows still know it, and the id that it has now."""

    __tablename__ = "renamed_items"

    old: Mapped[str] = mapped_column(String(200), primary_key=True)
    item: Mapped[str] = mapped_column(String(200))


class HintAside(Base):
    """An opportunity that was put aside, by its kind and by what it is about."""

    __tablename__ = "hints_aside"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)


class User(Base):
    """An account of the admin. Sessions of an earlier `epoch` have ended."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    password: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(Integer)


class LoginFailure(Base):
    """How often in a row logging in failed, and when it last did (milliseconds since 1970).

    `account` is a hash, since people also type their password where the name belongs.
    """

    __tablename__ = "login_failures"

    account: Mapped[str] = mapped_column(String(32), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    time: Mapped[int] = mapped_column(BigInteger)


class SetupLink(Base):
    """The SHA-256 of the token that makes the first account; gone with its use."""

    __tablename__ = "setup_links"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)


class AccountLink(Base):
    """The SHA-256 of a token with which somebody chooses an account's password; gone with its use.

    It makes the account if there is none. `expires` is in milliseconds since 1970.
    """

    __tablename__ = "account_links"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    expires: Mapped[int] = mapped_column(BigInteger)


class ApiToken(Base):
    """A token of the API, which acts for an account and goes with it."""

    __tablename__ = "api_tokens"

    # Its SHA-256; the token itself is nowhere.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    user: Mapped[str] = mapped_column(String(64))
    made: Mapped[date] = mapped_column(Date)
    # The last day of a request with it.
    used: Mapped[date | None] = mapped_column(Date)
    # What it may do, with spaces between.
    scopes: Mapped[str] = mapped_column(String(40))
    # The last day on which it works; without one it does until it is withdrawn.
    expires: Mapped[date | None] = mapped_column(Date)


class RevisionRow(Base):
    """A text that the catalog had, and who made it of the text of the row before."""

    __tablename__ = "revisions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # In milliseconds since 1970.
    time: Mapped[int] = mapped_column(BigInteger)
    # The account; empty for an edit of the file by hand.
    user: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(10))
    summary: Mapped[str] = mapped_column(String(200))
    # The SHA-256 of the text's bytes.
    revision: Mapped[str] = mapped_column(String(64))
    # Compressed.
    text: Mapped[bytes] = mapped_column(LargeBinary)


class RevisionEntry(Base):
    """An entry of the catalog that a revision changed."""

    __tablename__ = "revision_entries"
    __table_args__ = _CLUSTERED

    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    entry: Mapped[str] = mapped_column(String(200), primary_key=True)
    id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), primary_key=True, index=True)


class ShopPageRow(Base):
    """What is known of a shop's page, as `linkmgr.check.online.ShopPage` says.

    Times are milliseconds since 1970.
    """

    __tablename__ = "shop_pages"

    url: Mapped[str] = mapped_column(String(2000), primary_key=True)
    place: Mapped[str] = mapped_column(String(300))
    places: Mapped[int] = mapped_column(Integer)
    # When a check last found a link to the page.
    linked: Mapped[int] = mapped_column(BigInteger)
    looked: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[str | None] = mapped_column(String(20))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    target: Mapped[str] = mapped_column(String(2000))
    failing: Mapped[str | None] = mapped_column(String(20))
    tries: Mapped[int] = mapped_column(Integer)
    tried: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[int | None] = mapped_column(BigInteger)
    due: Mapped[int] = mapped_column(BigInteger)
    dismissed: Mapped[str | None] = mapped_column(String(20))


class JobRow(Base):
    """A job that an admin has begun; `linkmgr.store.jobs.Job` says what it is.

    Its instance is the one where the lock of its kind, a file, has its `id`.

    Times are milliseconds since 1970. `progress`, `result` and `error` are JSON.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    started: Mapped[int] = mapped_column(BigInteger)
    ended: Mapped[int | None] = mapped_column(BigInteger)
    progress: Mapped[str] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    # True once somebody asked to stop it.
    stops: Mapped[bool] = mapped_column(Boolean)


class EarningFile(Base):
    """A report of earnings that was imported; what its rows count for follows from all files."""

    __tablename__ = "earning_files"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # The SHA-256 of its rows, by which the same report is known again.
    digest: Mapped[str] = mapped_column(String(64))
    # Of the file, or of the file in an archive.
    name: Mapped[str] = mapped_column(String(300))
    # The name of its layout, of Amazon's a `ReportKind`.
    kind: Mapped[str] = mapped_column(String(100))
    programme: Mapped[str] = mapped_column(String(100))
    account: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    tax: Mapped[str] = mapped_column(String(8))
    # Whether its rows are earnings; those of other reports explain them.
    money: Mapped[bool] = mapped_column(Boolean)
    as_of: Mapped[date] = mapped_column(Date)
    # The first and the last of its days.
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    # Whether the first and the last are there in full: the report, or its owner, names them.
    whole: Mapped[bool] = mapped_column(Boolean)
    # Whether rows have days of their own; else the report counts for its days as a whole alone.
    dated: Mapped[bool] = mapped_column(Boolean)
    rows: Mapped[int] = mapped_column(Integer)
    # When its import began, in milliseconds since 1970.
    time: Mapped[int] = mapped_column(BigInteger)
    user: Mapped[str] = mapped_column(String(64))
    # True once all its rows are there and summed up: before that nothing shows the report.
    complete: Mapped[bool] = mapped_column(Boolean)


class EarningRow(Base):
    """A row of an imported report; which rows count, the files and rows say together.

    Amounts are millionths of the file's currency, so that sums are exact in both databases.
    """

    __tablename__ = "earnings"
    __table_args__ = (
        Index(
            "ix_earnings_conversion",
            "conversion",
            sqlite_where=text("conversion <> ''"),
            postgresql_where=text("conversion <> ''"),
        ),
        Index("ix_earnings_file", "file", "day"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    file: Mapped[int] = mapped_column(ForeignKey("earning_files.id"))
    # The day by which it is replaced and summed up.
    day: Mapped[date] = mapped_column(Date)
    # A `Status`: what the programme has decided on the sale.
    status: Mapped[str] = mapped_column(String(9))
    # The keyed hash of the ID by which a later report names the same sale, else empty.
    conversion: Mapped[str] = mapped_column(String(64))
    occurred: Mapped[date | None] = mapped_column(Date)
    shipped: Mapped[date | None] = mapped_column(Date)
    confirmed: Mapped[date | None] = mapped_column(Date)
    quantity: Mapped[int] = mapped_column(Integer)
    returns: Mapped[int] = mapped_column(Integer)
    # What the blog earns, and what the reader paid; without a value the report has none.
    reward: Mapped[int | None] = mapped_column(BigInteger)
    revenue: Mapped[int | None] = mapped_column(BigInteger)
    tracking: Mapped[str] = mapped_column(String(200))
    product: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(200))
    advertiser: Mapped[str] = mapped_column(String(200))
    # The path of the blog's page; empty for any other.
    referrer: Mapped[str] = mapped_column(String(500))
    sub_id: Mapped[str] = mapped_column(String(200))
    # An `Origin`: whether what was sold is what the link led to.
    origin: Mapped[str] = mapped_column(String(8))
    link_type: Mapped[str] = mapped_column(String(100))
    clicks: Mapped[int | None] = mapped_column(Integer)
    orders: Mapped[int | None] = mapped_column(Integer)


class EarningTotal(Base):
    """What the counted rows of a time sum up to, by one `value` of a dimension; see `Earned`.

    The year's own sums keep its page as quick as a month's.
    """

    __tablename__ = "earning_totals"
    __table_args__ = _CLUSTERED

    # An `EarnedBy`.
    dimension: Mapped[str] = mapped_column(String(10), primary_key=True)
    # A day, a month or a year: `2026-01-31`, `2026-01` or `2026`.
    span: Mapped[str] = mapped_column(String(10), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    value: Mapped[str] = mapped_column(String(500), primary_key=True)
    programme: Mapped[str] = mapped_column(String(100), primary_key=True)
    # Millionths of the currency; what is paid is a part of what is confirmed.
    confirmed: Mapped[int] = mapped_column(BigInteger)
    paid: Mapped[int] = mapped_column(BigInteger)
    pending: Mapped[int] = mapped_column(BigInteger)
    declined: Mapped[int] = mapped_column(BigInteger)
    # How many sales these were.
    confirmed_sales: Mapped[int] = mapped_column(BigInteger)
    pending_sales: Mapped[int] = mapped_column(BigInteger)
    declined_sales: Mapped[int] = mapped_column(BigInteger)
    orders: Mapped[int] = mapped_column(BigInteger)
    # One of the titles of what was sold: where the value is a product, its name.
    title: Mapped[str] = mapped_column(String(300))
