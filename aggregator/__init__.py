"""Hakawati's headless half: feeds in, articles and their related stories out.

fetch      URL and validators -> bytes            parse    bytes -> feed of entries
clean      entry -> article, safe and canonical   stories  articles -> links between them
polling    when to ask a feed again (pure)        store    one SQLite file in cache/
sync       where the stages meet                  workers  limited processes for parse and clean
library    the only thing a front end talks to    cli      arguments, printing, exit codes
Nothing in here imports the terminal reader, and this file imports nothing.
"""

__version__ = "0.1.0"
