"""Pages that people look at: figures of many calls, with charts, in one file that needs nothing else."""
