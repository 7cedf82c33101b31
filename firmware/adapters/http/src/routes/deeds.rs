//! What people do, by the codes of the audit log.

pub const WORDS: &[(&str, [&str; 2])] = &[
    ("account", ["修改账号", "Changed an account"]),
    ("cancel_fax", ["取消传真", "Cancelled a fax"]),
    ("change_password", ["修改密码", "Changed password"]),
    ("command", ["线路或通话操作", "Command to lines or calls"]),
    ("delete_recording", ["删除录音", "Deleted a recording"]),
    ("export_alarms", ["导出告警", "Exported alarms"]),
    ("export_audit", ["导出操作记录", "Exported the audit log"]),
    ("export_calls", ["导出通话", "Exported calls"]),
    ("export_faxes", ["导出传真", "Exported faxes"]),
    ("hold_recording", ["依法保留录音", "Put a hold on a recording"]),
    ("log_in", ["登录", "Logged in"]),
    ("log_in_refused", ["登录被拒", "Log-in refused"]),
    ("log_out", ["退出", "Logged out"]),
    ("play_recording", ["播放录音", "Played a recording"]),
    ("prompt", ["修改语音", "Changed a prompt"]),
    ("read_fax", ["查看传真", "Looked at a fax"]),
    ("release_recording", ["解除录音的依法保留", "Took the hold off a recording"]),
    ("remove_fax", ["删除传真", "Removed a fax"]),
    ("seat", ["替坐席操作", "Acted for a seat"]),
    ("send_fax", ["发传真", "Sent a fax"]),
    ("settings", ["应用设置", "Applied settings"]),
];

#[cfg(test)]
mod tests {
    use super::WORDS;

    /// The console says the same.
    #[test]
    fn the_console_says_the_same() {
        let [zh, en] = [
            include_str!("../../../../../web/src/texts/zh.json"),
            include_str!("../../../../../web/src/texts/en.json"),
        ]
        .map(|texts| serde_json::from_str::<serde_json::Value>(texts).unwrap()["audit"].clone());
        for (code, words) in WORDS {
            assert_eq!([zh[*code].as_str(), en[*code].as_str()], words.map(Some), "{code}");
        }
    }
}
