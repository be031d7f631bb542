"""The pages of a fund's control: the ageing, the four eyes of each file, samples and their working papers."""
