"""Who waits for work hears at once of a lead that may be taken, whoever wrote it."""

from alembic import op

revision = "0020"
down_revision = "0024"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION leads.ring() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('leads_work', '');
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER ring AFTER INSERT OR UPDATE ON leads.work FOR EACH ROW
        WHEN (NEW.state IN ('received', 'waiting') AND NEW.waiting_for IS NULL)
        EXECUTE FUNCTION leads.ring()
    """)
