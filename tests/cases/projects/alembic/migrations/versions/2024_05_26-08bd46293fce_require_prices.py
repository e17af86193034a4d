"""require prices

Revision ID: 08bd46293fce
Revises: f7ac35182ebd
Create Date: 2024-05-26 14:02:00

"""
from alembic import op

revision = "08bd46293fce"
down_revision = "f7ac35182ebd"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("UPDATE order_lines SET price = 0 WHERE price IS NULL")
    op.alter_column("order_lines", "price", nullable=False, server_default="0")
    op.create_check_constraint("quantity_positive", "order_lines", "quantity > 0")


def downgrade():
    op.drop_constraint("quantity_positive", "order_lines", type_="check")
    op.alter_column("order_lines", "price", nullable=True, server_default=None)
