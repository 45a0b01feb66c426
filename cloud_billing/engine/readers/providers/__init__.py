"""Providers: one reader for each format that a provider publishes.

Owns: names of columns, keys, charge kinds, dates and costs of FOCUS, AWS, Azure, Google, OCI, CSP, CloudKitty,
OpenCost, Prometheus, Green Button, UBL and IPDR, and the two bases they share: columns (`provider`) and documents
(`tree_reader`).
Does not own containers: those are `tables`.
"""
