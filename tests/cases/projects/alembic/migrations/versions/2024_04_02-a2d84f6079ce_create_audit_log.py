"""create audit log

Revision ID: a2d84f6079ce
Revises: 70b5d2f6a9e4
Create Date: 2024-04-02 12:20:00

"""
import sqlalchemy as sa
from alembic import op

revision = "a2d84f6079ce"
down_revision = "70b5d2f6a9e4"
branch_labels = None
depends_on = None

FUNCTION = r"""
CREATE FUNCTION audit_product() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    told \:= format('%s; was %L', NEW.title, OLD.title);
    INSERT INTO audit_log (what) VALUES (told);
    RETURN NEW;
END;
$$
"""


def upgrade():
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
    )
    op.execute(FUNCTION)
    op.execute("CREATE TRIGGER products_audit AFTER UPDATE ON products FOR EACH ROW EXECUTE FUNCTION audit_product()")


def downgrade():
    op.execute("DROP TRIGGER products_audit ON products")
    op.execute("DROP FUNCTION audit_product()")
    op.drop_table("audit_log")
