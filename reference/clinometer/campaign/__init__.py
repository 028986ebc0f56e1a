"""Many cases: drawn, judged, and reduced to findings."""
