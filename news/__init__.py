"""The vocabulary of the newsroom: records, errors and text rules that every room shares."""
