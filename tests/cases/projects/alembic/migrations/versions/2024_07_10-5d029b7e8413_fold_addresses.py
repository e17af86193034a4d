"""fold addresses

Revision ID: 5d029b7e8413
Revises: 4cf18a6d7302
Create Date: 2024-07-10 15:27:00

"""
from alembic import op

revision = "5d029b7e8413"
down_revision = "4cf18a6d7302"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("UPDATE customers SET email = lower(email) WHERE email <> lower(email)")
    op.execute("UPDATE products SET notes = 'dear', title = upper(title) WHERE price > 10")


def downgrade():
    pass
