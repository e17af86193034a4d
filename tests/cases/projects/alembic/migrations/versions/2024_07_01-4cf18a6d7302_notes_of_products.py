"""notes of products

Revision ID: 4cf18a6d7302
Revises: 3be0795c62f1
Create Date: 2024-07-01 15:10:00

"""
import sqlalchemy as sa
from alembic import op

revision = "4cf18a6d7302"
down_revision = "3be0795c62f1"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("products") as batch:
        batch.add_column(sa.Column("notes", sa.Text, comment="Anything; even this"))
        batch.alter_column("price", type_=sa.Numeric(12, 2))


def downgrade():
    with op.batch_alter_table("products") as batch:
        batch.alter_column("price", type_=sa.Numeric(10, 2))
        batch.drop_column("notes")
