"""Tests of variants: what was counted of them, the verdict, their pages, command and opportunity.

Nothing else imports any of it but what it registers. Variants themselves, as the catalog has them
and blocks show them, are in `catalog.variants` and `blocks.variants`.
"""
