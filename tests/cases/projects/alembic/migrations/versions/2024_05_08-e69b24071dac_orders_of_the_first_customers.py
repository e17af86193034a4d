"""orders of the first customers

Revision ID: e69b24071dac
Revises: d58a13f60c9b
Create Date: 2024-05-08 13:28:00

"""
import sqlalchemy as sa
from alembic import op

revision = "e69b24071dac"
down_revision = "d58a13f60c9b"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("INSERT INTO orders (customer_id, status, placed_at) SELECT id, 'returned', '2024-05-01' FROM customers")
    op.execute("INSERT INTO order_lines SELECT o.id, 1, 2, 3 FROM orders o")
    op.execute(sa.text("UPDATE order_lines SET price = quantity * :price").bindparams(price=12))


def downgrade():
    op.execute("DELETE FROM order_lines")
    op.execute("DELETE FROM orders")
