"""Seeded mistakes in the hand-written gradients: what the instrument must see.

A mistake is data: a text of one file, and the text that replaces it. It is made in memory, judged
as `verify` judges, and taken back.
"""
