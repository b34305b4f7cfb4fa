"""The tests. A package, so that what several of them need can be imported from beside them."""
