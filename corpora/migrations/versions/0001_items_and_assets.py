"""Versions of items, and of the templates, lexicon and regions beside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "item_versions",
        sa.Column("item_id", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.Date),
        sa.Column("effective_to", sa.Date),
        sa.PrimaryKeyConstraint("item_id", "version", name="pk_item_versions"),
        sa.CheckConstraint("version >= 1", name=op.f("ck_item_versions_version")),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'retired')", name=op.f("ck_item_versions_state")
        ),
    )
    op.create_table(
        "assets",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", "version", name="pk_assets"),
        sa.CheckConstraint("version >= 1", name=op.f("ck_assets_version")),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'retired')", name=op.f("ck_assets_state")
        ),
    )


def downgrade() -> None:
    """Drops both tables, and with them all knowledge."""
    op.drop_table("assets")
    op.drop_table("item_versions")
