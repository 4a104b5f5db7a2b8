"""Records and the rules about themselves. Imports SQLAlchemy and the standard library only: no Flask, no
FAISS, no encoder.
"""
