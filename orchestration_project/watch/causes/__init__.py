"""What can be broken: a module a family of causes, all listed in `table.py`. Each says what is broken *now*.

A cause reads, and changes nothing; what is told of it is `watch/alerts/`.
"""
