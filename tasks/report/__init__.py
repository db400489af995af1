"""The evaluation report: one HTML file that shows how well an archive was read, and where not."""
