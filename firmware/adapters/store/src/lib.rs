//! SQLite: call records, ledger, settings versions, accounts.
