"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _documents()
    _waiting()
    _participants()
    if op.get_bind().dialect.name == "postgresql":
        _tune()


def _word(name: str, *arguments: object, **options: object) -> sa.Column[str]:
    """Return a column that is compared byte by byte."""
    kind = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    return sa.Column(name, kind, *arguments, **{"nullable": False, **options})  # type: ignore[arg-type]  # as given


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    kind = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
    return sa.Column(name, kind, nullable=nullable)


def _counter(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)


def _documents() -> None:
    op.create_table(
        "dispatch",
        _word("id"),
        *(_word(name) for name in ("sender", "document_id", "kind", "number", "notation", "promulgated")),
        _text("subject"),
        sa.Column("priority", sa.Integer, nullable=False),
        _word("digest"),
        sa.Column("size", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("octets", "seal", "receipt")),
        _word("standing"),
        _word("verdict"),
        _text("signer"),
        *(_word(name) for name in ("certificate", "algorithm", "door", "caller", "correlation")),
        _instant("accepted"),
        sa.PrimaryKeyConstraint("id", name="pk_dispatch"),
        sa.UniqueConstraint("sender", "digest", name="uq_dispatch_sender_digest"),
    )
    op.create_index("ix_dispatch_sender_id", "dispatch", ["sender", "id"])
    op.create_index("ix_dispatch_document_id", "dispatch", ["document_id"])
    op.create_index("ix_dispatch_sender_number_notation", "dispatch", ["sender", "number", "notation"])
    op.create_table(
        "delivery",
        _word("dispatch_id"),
        _word("recipient"),
        _word("status"),
        sa.Column("attempt", sa.Integer, nullable=False),
        _text("reference"),
        _instant("changed"),
        sa.PrimaryKeyConstraint("dispatch_id", "recipient", name="pk_delivery"),
        _of_dispatch("delivery"),
    )
    op.create_index("ix_delivery_recipient_status_dispatch_id", "delivery", ["recipient", "status", "dispatch_id"])
    op.create_table(
        "history",
        _counter("id"),
        _word("dispatch_id"),
        _word("recipient", nullable=True),
        _word("status", nullable=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        _text("detail"),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
        _of_dispatch("history"),
    )
    op.create_index("ix_history_dispatch_id", "history", ["dispatch_id"])
    op.create_table(
        "report",
        _word("dispatch_id"),
        _word("reporter"),
        _word("code"),
        _text("reason"),
        *(
            _word(name)
            for name in ("reported", "subject_agency", "subject_code", "subject_promulgated", "subject_document_id")
        ),
        _word("about", nullable=True),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_report"),
        _of_dispatch("report"),
        sa.ForeignKeyConstraint(["about"], ["dispatch.id"], name="fk_report_about"),
    )
    op.create_index("ix_report_about", "report", ["about"])
    op.create_table(
        "refusal",
        _counter("id"),
        *(_word(name) for name in ("caller", "door", "digest", "code")),
        _text("text_vi"),
        _text("text_en"),
        _word("correlation"),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name="pk_refusal"),
    )
    op.create_index("ix_refusal_caller_at", "refusal", ["caller", "at"])


def _waiting() -> None:
    op.create_table(
        "outbox",
        _word("dispatch_id"),
        _word("recipient"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        _instant("due"),
        _instant("claimed_until", nullable=True),
        sa.PrimaryKeyConstraint("dispatch_id", "recipient", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "recipient"],
            ["delivery.dispatch_id", "delivery.recipient"],
            name="fk_outbox_dispatch_id_recipient",
        ),
    )
    op.create_index("ix_outbox_priority_due", "outbox", ["priority", "due"])
    op.create_table(
        "queue",
        _counter("position"),
        _word("dispatch_id"),
        _word("recipient"),
        sa.Column("attempt", sa.Integer, nullable=False),
        _instant("claimed_until", nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_queue"),
        sa.UniqueConstraint("dispatch_id", "recipient", "attempt", name="uq_queue_dispatch_id_recipient_attempt"),
        _of_dispatch("queue"),
    )
    op.create_index("ix_queue_recipient_position", "queue", ["recipient", "position"])


def _participants() -> None:
    op.create_table(
        "agency",
        _word("code"),
        _text("name"),
        _word("level"),
        _word("bloc"),
        _word("parent", nullable=True),
        _word("adapter"),
        sa.Column("options", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_agency"),
    )
    op.create_table(
        "certificate",
        _word("fingerprint"),
        _word("agency"),
        _text("subject"),
        _text("pem"),
        _instant("bound"),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_certificate"),
        sa.ForeignKeyConstraint(["agency"], ["agency.code"], name="fk_certificate_agency"),
    )
    op.create_table(
        "credential",
        _word("system_id"),
        _word("agency"),
        _word("secret_hash"),
        _instant("given"),
        sa.PrimaryKeyConstraint("system_id", name="pk_credential"),
        sa.ForeignKeyConstraint(["agency"], ["agency.code"], name="fk_credential_agency"),
    )
    counted = op.create_table(
        "directory_revision",
        sa.Column("only", sa.Boolean, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_directory_revision"),
    )
    op.bulk_insert(counted, [{"only": True, "number": 0}])


def _of_dispatch(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name=f"fk_{table}_dispatch_id")


def _tune() -> None:
    """Tell PostgreSQL which tables are queues: rows come and go, and room for updates in place keeps indexes small."""
    for table in ("outbox", "queue"):
        op.execute(
            f"ALTER TABLE {table} SET (fillfactor = 60,"
            " autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000)"
        )
