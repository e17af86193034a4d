"""domain and sequence for invoices

Revision ID: 6e13ac8f9524
Revises: 5d029b7e8413
Create Date: 2024-07-19 15:44:00

"""
from alembic import op

revision = "6e13ac8f9524"
down_revision = "5d029b7e8413"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("CREATE DOMAIN money_amount AS numeric(12, 2) CHECK (VALUE > 0)")
    op.execute("CREATE SEQUENCE invoice_number START 1000")
    op.execute("CREATE TABLE invoices (number int PRIMARY KEY DEFAULT nextval('invoice_number'), total money_amount)")


def downgrade():
    op.drop_table("invoices")
    op.execute("DROP SEQUENCE invoice_number")
    op.execute("DROP DOMAIN money_amount")
