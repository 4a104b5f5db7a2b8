"""Requests: one feature, one file or folder with routes, forms, templates, mail and jobs. Imports matching
and models.
"""
