"""double the stock

Revision ID: 8035cea1b746
Revises: 7f24bd90a635
Create Date: 2024-08-06 16:18:00

"""
from alembic import op

revision = "8035cea1b746"
down_revision = "7f24bd90a635"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("UPDATE stock SET quantity = quantity * 2")
    op.execute("INSERT INTO invoices (total) SELECT total FROM revenue")


def downgrade():
    op.execute("DELETE FROM invoices; ALTER SEQUENCE invoice_number RESTART")
    op.execute("UPDATE stock SET quantity = quantity / 2")
