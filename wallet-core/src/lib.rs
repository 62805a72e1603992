//! The wallet: vault, pool of copies, consent, presentation. Pure.
