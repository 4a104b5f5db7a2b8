"""Who fits whom, and why. Imports models; no Flask; reads the database and never commits."""
