"""Signatures inside PDF files (PAdES and its forerunners): octets in, findings out.

A hostile file meets pyHanko only in a worker process of its own, with a limit of time and memory. What it finds out
comes back as plain data; whom to believe is judged here, by the same authorities that judge every other signature.
"""

from __future__ import annotations

from signing.pdf.examiner import Examiner
from signing.pdf.findings import Change, Covers, Examination, Fault, Level, PdfSignature
from signing.pdf.limits import PdfLimits
from signing.pdf.roles import DEFAULT_ROLES, Part, Role, RoleRule

__all__ = [
    "DEFAULT_ROLES",
    "Change",
    "Covers",
    "Examination",
    "Examiner",
    "Fault",
    "Level",
    "Part",
    "PdfLimits",
    "PdfSignature",
    "Role",
    "RoleRule",
]
