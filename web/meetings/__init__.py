"""Meetings: agreed dates of two sides, their invitations, and the calendars that show them."""
