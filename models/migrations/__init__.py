"""The history of the database's shape, one numbered file a step. ``web/database_commands.py`` runs it."""
