"""rename amount in stock

Revision ID: 2adf684b51e0
Revises: 19ce573a40df
Create Date: 2024-06-13 14:36:00

"""
import sqlalchemy as sa
from alembic import op

revision = "2adf684b51e0"
down_revision = "19ce573a40df"
branch_labels = None
depends_on = None


def upgrade():
    op.alter_column("stock", "amount", new_column_name="quantity", existing_type=sa.Integer)


def downgrade():
    op.alter_column("stock", "quantity", new_column_name="amount", existing_type=sa.Integer)
