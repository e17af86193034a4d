"""view of revenue

Revision ID: f7ac35182ebd
Revises: e69b24071dac
Create Date: 2024-05-17 13:45:00

"""
from alembic import op

revision = "f7ac35182ebd"
down_revision = "e69b24071dac"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("CREATE VIEW revenue AS SELECT product_id, sum(price) AS total FROM order_lines GROUP BY product_id")


def downgrade():
    op.execute("DROP VIEW revenue")
