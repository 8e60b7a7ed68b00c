"""Inspection (质检): did the bot say what it must, and nothing that it must not?"""
