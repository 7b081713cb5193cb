//! What a wrong file is answered with.
