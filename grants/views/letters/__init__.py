"""The pages of letters: what is to issue and to send, the drafts, the issued copies, the letterhead, the check."""
