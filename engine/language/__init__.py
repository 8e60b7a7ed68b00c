"""The script language: its keys, the script as data, and the way from YAML to a script that has been checked."""
