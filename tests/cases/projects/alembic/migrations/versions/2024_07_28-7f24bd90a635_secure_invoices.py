"""secure invoices

Revision ID: 7f24bd90a635
Revises: 6e13ac8f9524
Create Date: 2024-07-28 16:01:00

"""
from alembic import op

revision = "7f24bd90a635"
down_revision = "6e13ac8f9524"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("ALTER TABLE invoices ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY only_small ON invoices USING (total < 1000)")


def downgrade():
    op.execute("DROP POLICY only_small ON invoices")
    op.execute("ALTER TABLE invoices DISABLE ROW LEVEL SECURITY")
