"""What happens in the calls that are assisted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "assist_events",
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact", "number", name=op.f("pk_assist_events")),
    )
    op.create_index("ix_assist_events_at", "assist_events", ["at"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("assist_events")
