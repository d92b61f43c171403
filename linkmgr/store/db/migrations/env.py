"""What Alembic runs: the steps, on the connection that `schema` opened."""

from alembic import context

from linkmgr.store.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # SQLite too, since `engine` begins its transactions itself
)
with context.begin_transaction():
    context.run_migrations()
