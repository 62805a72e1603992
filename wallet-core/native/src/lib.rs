//! The native wallet: the wallet core on sled, with a command line.
