"""Telling: texts of invoices, explanations for us, statements for customers, proof files."""

from . import cloud_proof_books, cloud_proof, cloud_explanation_csv, cloud_seat_report
