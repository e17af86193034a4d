"""find customers whatever the case

Revision ID: 3be0795c62f1
Revises: 2adf684b51e0
Create Date: 2024-06-22 14:53:00

"""
import sqlalchemy as sa
from alembic import op

revision = "3be0795c62f1"
down_revision = "2adf684b51e0"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_customers_lower", "customers", [sa.text("lower(email)")], unique=True)
    op.create_index("ix_orders_open", "orders", ["id"], postgresql_where=sa.text("status <> 'sent'"))
    op.create_index("ix_order_lines_wide", "order_lines", ["product_id"], postgresql_include=["quantity", "price"])


def downgrade():
    for name in ("ix_order_lines_wide", "ix_orders_open", "ix_customers_lower"):
        op.drop_index(name)
