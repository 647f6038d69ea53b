"""Do the tests notice a change of the code? Small wrong changes, one at a time, in a copy of the tree."""
