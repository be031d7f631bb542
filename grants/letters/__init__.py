"""What people are written: mails and papers. Rows in, text or bytes out; nothing here sends or saves."""
