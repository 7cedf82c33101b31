//! Accounts (who may log in), sessions (who has) and preferences. Passwords and tokens come in hashed.

use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use rusqlite::{OptionalExtension, params};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub login: String,
    /// A PHC string (`$argon2id$...`).
    pub password: String,
    pub locked: bool,
    pub must_change: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// SHA-256 of the token, in hex.
    pub token: String,
    pub login: String,
    pub began: WallTime,
    pub expires: WallTime,
}

/// Whose a session is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedIn {
    pub login: String,
    /// The password was set by somebody else: its owner has to change it first.
    pub must_change: bool,
}

impl Store {
    pub fn account(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.read(|connection| {
            let text = "SELECT login, password, locked, must_change FROM accounts WHERE login = ?1";
            let found = connection.query_row(text, [login], |row| {
                Ok(Account { login: row.get(0)?, password: row.get(1)?, locked: row.get(2)?, must_change: row.get(3)? })
            });
            Ok(found.optional()?)
        })
    }

    /// Whether anybody can log in at all; if not, the box waits for its first boot to be finished.
    pub fn has_accounts(&self) -> Result<bool, StoreError> {
        self.read(|connection| {
            Ok(connection.query_row("SELECT count(*) FROM accounts", [], |row| row.get::<_, i64>(0))? > 0)
        })
    }

    /// Makes or changes an account. A new password or a lock ends the account's sessions.
    pub fn save_account(&self, account: Account, at: WallTime) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO accounts (login, password, locked, must_change, changed) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (login) DO UPDATE SET password = excluded.password, locked = excluded.locked,
                 must_change = excluded.must_change, changed = excluded.changed",
                params![account.login, account.password, account.locked, account.must_change, at.0],
            )?;
            transaction.execute("DELETE FROM sessions WHERE login = ?1", [&account.login])?;
            Ok(())
        })
    }

    /// Accounts follow their owners to other logins (old, new) or go with them; sessions under the old logins end.
    pub fn follow_agents(&self, renamed: Vec<(String, String)>, gone: Vec<String>) -> Result<(), StoreError> {
        if renamed.is_empty() && gone.is_empty() {
            return Ok(());
        }
        self.write(move |transaction| {
            for login in &gone {
                transaction.execute("DELETE FROM accounts WHERE login = ?1", [login])?;
                transaction.execute("DELETE FROM sessions WHERE login = ?1", [login])?;
            }
            // Two agents may swap their logins: first all to names that no login has, then to the new ones.
            for (from, to) in &renamed {
                let between = format!("\u{1}{to}");
                transaction.execute("UPDATE accounts SET login = ?2 WHERE login = ?1", [from, &between])?;
                transaction.execute("DELETE FROM sessions WHERE login = ?1", [from])?;
            }
            for (_, to) in &renamed {
                transaction.execute("DELETE FROM accounts WHERE login = ?1", [to])?;
                transaction.execute("UPDATE accounts SET login = ?1 WHERE login = ?2", [to, &format!("\u{1}{to}")])?;
            }
            Ok(())
        })
    }

    /// Opens a session and clears away those that have expired.
    pub fn open_session(&self, session: Session) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("DELETE FROM sessions WHERE expires < ?1", [session.began.0])?;
            transaction.execute(
                "INSERT INTO sessions (token, login, began, expires) VALUES (?1, ?2, ?3, ?4)",
                params![session.token, session.login, session.began.0, session.expires.0],
            )?;
            Ok(())
        })
    }

    /// Whose a session is, unless it has expired or its account is locked.
    pub fn session(&self, token: &str, now: WallTime) -> Result<Option<LoggedIn>, StoreError> {
        self.read(|connection| {
            let text = "SELECT accounts.login, accounts.must_change
                        FROM sessions JOIN accounts ON accounts.login = sessions.login
                        WHERE sessions.token = ?1 AND sessions.expires > ?2 AND accounts.locked = 0";
            let mut statement = connection.prepare_cached(text)?;
            let found = statement
                .query_row(params![token, now.0], |row| Ok(LoggedIn { login: row.get(0)?, must_change: row.get(1)? }));
            Ok(found.optional()?)
        })
    }

    pub fn close_session(&self, token: String) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("DELETE FROM sessions WHERE token = ?1", [&token])?;
            Ok(())
        })
    }

    /// JSON that the console keeps for its user.
    pub fn preferences(&self, login: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let text = "SELECT preferences FROM accounts WHERE login = ?1";
            Ok(connection.query_row(text, [login], |row| row.get(0)).optional()?)
        })
    }

    pub fn save_preferences(&self, login: String, json: String) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("UPDATE accounts SET preferences = ?2 WHERE login = ?1", [&login, &json])?;
            Ok(())
        })
    }

    /// A named fact of the box (its secrets and marks), if it is set.
    pub fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let text = "SELECT value FROM facts WHERE name = ?1";
            Ok(connection.query_row(text, [name], |row| row.get(0)).optional()?)
        })
    }

    pub fn set_fact(&self, name: String, value: Option<String>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            match value {
                Some(value) => transaction.execute(
                    "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    [&name, &value],
                )?,
                None => transaction.execute("DELETE FROM facts WHERE name = ?1", [&name])?,
            };
            Ok(())
        })
    }
}
