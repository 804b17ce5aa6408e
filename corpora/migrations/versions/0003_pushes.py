"""Messages with what became of them, consents and refusals, replies and orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables of pushes."""
    op.create_table(
        "push_consents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_masked", sa.String(length=11), nullable=False),
        sa.Column("signature", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_consents")),
    )
    op.create_index("ix_push_consents_number", "push_consents", ["number_hash", "signature"])
    op.create_table(
        "push_declined",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_masked", sa.String(length=11), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("template_id", sa.String(length=80), nullable=False),
        sa.Column("campaign", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_declined")),
        sa.UniqueConstraint("caller", "idempotency_key", name="uq_push_declined_key"),
    )
    op.create_index("ix_push_declined_campaign", "push_declined", ["campaign", "template_id"])
    op.create_table(
        "push_events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_events")),
    )
    op.create_index("ix_push_events_message_id", "push_events", ["message_id", "kind"])
    op.create_table(
        "push_messages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=11)),
        sa.Column("number_masked", sa.String(length=11), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("template_id", sa.String(length=80), nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("item_versions", sa.Text, nullable=False),
        sa.Column("campaign", sa.String(length=80), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("signature", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("package", sa.LargeBinary),
        sa.Column("fallback", sa.Text, nullable=False),
        sa.Column("fallback_of", sa.String(length=32)),
        sa.Column("pieces", sa.Integer, nullable=False),
        sa.Column("reference", sa.Integer, nullable=False),
        sa.Column("orderable", sa.Text, nullable=False),
        sa.Column("confirms", sa.String(length=32)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=80)),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("gateway", sa.String(length=200), nullable=False),
        sa.Column("problem", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'sending', 'sent', 'uncertain', 'delivered', 'failed', 'dead', 'withdrawn')",
            name=op.f("ck_push_messages_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_messages")),
        sa.UniqueConstraint("caller", "idempotency_key", name="uq_push_messages_key"),
    )
    op.create_index("ix_push_messages_campaign", "push_messages", ["campaign", "template_id"])
    op.create_index(
        "ix_push_messages_due", "push_messages", ["state", "priority", "next_try", "id"]
    )
    op.create_index(
        "ix_push_messages_kept",
        "push_messages",
        ["state", "planned_at"],
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index("ix_push_messages_number", "push_messages", ["number_hash", "planned_at"])
    op.create_table(
        "push_orders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=11)),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_masked", sa.String(length=11), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("item_version", sa.String(length=20), nullable=False),
        sa.Column("command", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("confirmation_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first_reply", sa.Text, nullable=False),
        sa.Column("second_reply", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('asked', 'ordered', 'declined', 'expired')",
            name=op.f("ck_push_orders_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_orders")),
    )
    op.create_index(
        "ix_push_orders_kept",
        "push_orders",
        ["ended_at"],
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index("ix_push_orders_number", "push_orders", ["number_hash", "state"])
    op.create_index("ix_push_orders_window", "push_orders", ["state", "window_until"])
    op.create_table(
        "push_pieces",
        sa.Column("gateway_id", sa.String(length=80), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", name=op.f("pk_push_pieces")),
    )
    op.create_index("ix_push_pieces_message_id", "push_pieces", ["message_id"])
    op.create_table(
        "push_refusals",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_masked", sa.String(length=11), nullable=False),
        sa.Column("signature", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_refusals")),
    )
    op.create_index("ix_push_refusals_number", "push_refusals", ["number_hash", "signature"])
    op.create_table(
        "push_replies",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_masked", sa.String(length=11), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("message_id", sa.String(length=32)),
        sa.Column("meant", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_replies")),
    )
    op.create_table(
        "push_strays",
        sa.Column("gateway_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", name=op.f("pk_push_strays")),
    )


def downgrade() -> None:
    """Drops them, and with them every record of what was sent."""
    op.drop_table("push_strays")
    op.drop_table("push_replies")
    op.drop_table("push_refusals")
    op.drop_table("push_pieces")
    op.drop_table("push_orders")
    op.drop_table("push_messages")
    op.drop_table("push_events")
    op.drop_table("push_declined")
    op.drop_table("push_consents")
