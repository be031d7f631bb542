"""What auditors look at a fund with: a second opinion on its four eyes, how old its debts are, samples of its files.

Everything here only reads. `draw`, `plan` and `projection` are pure: the same numbers give the same answer anywhere.

- `ageing`: what was approved and is not credited yet, by the days since its approval.
- `four_eyes`: who had which hand in each file, derived from the events alone and not by the code that enforces it.
- `plan`: what is asked of a sample. `population`: what there is to sample. `draw`: which of it is drawn.
- `projection`: what the errors found in a sample say of the whole.
"""
