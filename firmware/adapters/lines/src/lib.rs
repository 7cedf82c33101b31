//! D-channels and circuits of the cards, under the PRI core.
