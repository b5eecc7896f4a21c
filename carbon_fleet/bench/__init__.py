"""`carbon-fleet bench`: llama.cpp measured on the CPU, through Venus and natively, with the same model and settings.

What decides (parse, paths, plan, figures, choose) is pure; `prepare` and `run` ask a Mac through what is given them.
"""
