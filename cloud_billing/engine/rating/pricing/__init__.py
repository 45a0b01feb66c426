"""The steps of one price, each on its own: conversion, counter, limits, adjustments.

Owns: how a step works out its figure and notes it.
Does not own: their order (`rate.py`), the charge models (`models/`).
"""
