"""The words that language nodes send, kept as data files in English and German.

One TOML file is one preset; its folder says what kind it is. ``README.md`` beside this file tells
how to add one.
"""
