"""index payments

Revision ID: 91c7e05d4ab8
Revises: 8fa06c3b1d95
Create Date: 2024-03-24 12:03:00

"""
from alembic import op

revision = "91c7e05d4ab8"
down_revision = "8fa06c3b1d95"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_payments_order", "payments", ["order_id"])
    op.create_index("ix_payments_tags", "payments", ["tags"], postgresql_using="gin")


def downgrade():
    op.drop_index("ix_payments_tags")
    op.drop_index("ix_payments_order")
