"""The verbs of the `huashu` command by whom they serve: their arguments and their help, and no work."""
