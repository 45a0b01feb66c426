"""Say why rows that wait are given up, and what becomes of them."""
