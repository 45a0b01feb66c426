"""Servers that stand in for providers: real ones where there are any, started on loopback for a test."""
