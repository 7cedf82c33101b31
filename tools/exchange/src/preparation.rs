//! Accounts of the simulated agents: an administrator gives them their passwords, on a new box after making itself known.

use crate::arguments::{Preparation, SeatHabits};
use crate::web::{Session, WebError};
use serde_json::{Value, json};

/// Does nothing without an administrator: the agents have their passwords already.
pub fn prepare(seats: &SeatHabits, preparation: &Preparation) -> Result<(), WebError> {
    let Some((login, password)) = &preparation.admin else { return Ok(()) };
    let mut session = Session::new(seats.web);
    let new_box = session.get("/status")?["first_boot"].as_bool().unwrap_or(false);
    match preparation.first_boot_code.as_ref().and_then(|file| std::fs::read_to_string(file).ok()) {
        Some(code) if new_box => session.first_boot(code.trim(), login, password)?,
        Some(_) | None => session.log_in(login, password)?,
    }
    let settings = session.get("/settings")?;
    let agents = settings["settings"]["agents"].as_array().cloned().unwrap_or_default();
    for account in &seats.agents {
        // An agent that the settings do not have shows later, when the log-in fails.
        let Some(agent) = agents.iter().find(|agent| agent["login"] == account.login.as_str()) else { continue };
        set_password(&mut session, &agent["id"], &account.password)?;
    }
    Ok(())
}

fn set_password(session: &mut Session, id: &Value, password: &str) -> Result<(), WebError> {
    session.put(&format!("/agents/{id}/account"), &json!({"password": password, "must_change": false})).map(|_| ())
}
