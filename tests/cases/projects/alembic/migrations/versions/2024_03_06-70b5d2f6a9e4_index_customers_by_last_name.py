"""index customers by last name

Revision ID: 70b5d2f6a9e4
Revises: 6c91e4b80d27
Create Date: 2024-03-06 11:29:00

"""
from alembic import op

revision = "70b5d2f6a9e4"
down_revision = "6c91e4b80d27"
branch_labels = None
depends_on = None


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("ix_customers_last_name", "customers", ["last_name"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("ix_customers_last_name", table_name="customers", postgresql_concurrently=True)
