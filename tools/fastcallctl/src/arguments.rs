//! The command line.

use crate::failure::Failure;
use std::path::PathBuf;

pub const HELP: &str = "\
fastcallctl [--box URL] [--token-file FILE] [--json] COMMAND

  login LOGIN               password: $FASTCALL_PASSWORD, typed unseen, or a line on standard input
  first-boot CODE LOGIN     make the administrator of a new box; CODE is on its panel or serial port
  password                  change your own: old and new, $FASTCALL_PASSWORD and
                            $FASTCALL_NEW_PASSWORD, typed unseen, or two lines on standard input
  logout                    forget the session
  status                    version, site (no log-in needed)
  health                    threads, counters, warnings
  live                      calls, queues, agents, spans now
  agents | queues | spans   one part of it
  watch [SECONDS]           what changes, until interrupted (or so long)
  calls [FILTER=VALUE..]    closed calls: from to direction outcome agent queue number q
                            min_talk recorded sort page per_page
  call ID                   one call, step by step
  trace ID                  a recent call's messages, primitives and stages
  export [FILTER=VALUE..] -o FILE
                            the calls of a filter as CSV, or as a workbook if FILE ends in .xlsx
  recording ID -o FILE      fetch a recording (WAV)
  verify-recordings DIR [--key FILE]
                            are the recordings of a folder (or of its copy) those that were made: by the
                            box's public key, without the box
  open-recording FILE --keys KEYFILE -o FILE
                            a sealed recording as WAV, without the box
  legal-hold RECORDING WHY..
                            a recording is not deleted, whatever its age
  end-hold RECORDING        it may be deleted again
  faxes [FILTER=VALUE..]    direction state extension q from to page per_page
  fax send BOX NUMBER FILE  the pages of a TIFF file
  fax get ID -o FILE        its pages: TIFF if FILE ends in .tif, else PDF
  fax again|cancel|remove ID
                            send one that ended again; do not send one that waits; off the list
  rooms                     meeting rooms and who is in them
  room ID ACTION            ACTION: invite NUMBER | mute MEMBER | unmute MEMBER | remove MEMBER | end
  release ID                hang up a call
  seat AGENT ACTION         AGENT: login or number. ACTION: sign-in EXTENSION | sign-out | ready |
                            busy [REASON] | answer | hang-up | hold | retrieve | dial NUMBER |
                            transfer NUMBER [attended] | transfer-to-queue QUEUE |
                            complete-transfer | cancel-transfer |
                            three-way | park | unpark SLOT | key KEY | wrap-up [CODE] |
                            pause-recording | resume-recording |
                            supervise AGENT listen|whisper|barge|intrude (hang-up ends it)
                            | note CODE TEXT (wrap-up with a note)
  block SPAN/SLOT           take a circuit out of service once it is idle
  unblock SPAN/SLOT         put it back
  reset SPAN[/SLOT]         clear and restart a circuit or a whole span
  message-waiting EXTENSION on|off
                            the telephone tells its owner that messages wait (dial tone, lamp), or none
  settings get              the settings in force, as JSON
  settings check FILE       what is wrong with a file of settings, and what it would change
  settings put FILE [NOTE]  apply it
  settings history [PAGE]   who changed what
  settings restore VERSION  go back
  cards                     the line cards that the kernel's driver finds, and those that are missed
  circuit SPAN/SLOT         how a circuit is, as the exchange and its signalling know it; what a test found
  test SPAN/SLOT TEST       on a blocked circuit: loop (what comes goes back), bits (count bit errors;
                            the far end loops), tone (1020 Hz at -10 dBm0), end
  trace-line SPAN[/SLOT]    what crossed a line lately, or the last call on one timeslot
  alarms [FILTER=VALUE..]   what is and was wrong with lines, and what to do:
                            standing=true span slot kind from to page
  audit [PAGE]              who did what

The session is kept in a file that only you can read; $FASTCALL_TOKEN takes its place.
URL is http://HOST:PORT; without --box $FASTCALL_BOX, else http://127.0.0.1:8080.
Exit codes: 0 done, 1 refused, 2 wrong use, 3 box not reached, 4 not logged in or not allowed.
";

#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    pub help: bool,
    pub json: bool,
    pub url: String,
    pub token_file: PathBuf,
    /// The command and what follows it.
    pub words: Vec<String>,
}

impl Arguments {
    pub fn parse(given: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
        let url = std::env::var("FASTCALL_BOX").unwrap_or_else(|_| "http://127.0.0.1:8080".to_owned());
        let mut arguments =
            Arguments { help: false, json: false, url, token_file: default_token_file(), words: Vec::new() };
        let mut given = given;
        while let Some(word) = given.next() {
            let mut value = || given.next().ok_or_else(|| Failure::usage(format!("{word} needs a value")));
            match word.as_str() {
                "--help" | "-h" => arguments.help = true,
                "--json" => arguments.json = true,
                "--box" => arguments.url = value()?,
                "--token-file" => arguments.token_file = value()?.into(),
                "-o" | "--key" | "--keys" => {
                    let file = value()?;
                    arguments.words.extend([word, file]);
                }
                option if option.starts_with("--") => return Err(Failure::usage(format!("no option {option}"))),
                _ => arguments.words.push(word),
            }
        }
        if arguments.words.is_empty() && !arguments.help {
            return Err(Failure::usage("no command"));
        }
        if !arguments.url.starts_with("http://") {
            return Err(Failure::usage(format!("{} is not http://HOST:PORT", arguments.url)));
        }
        arguments.url.truncate(arguments.url.trim_end_matches('/').len());
        Ok(arguments)
    }
}

fn default_token_file() -> PathBuf {
    let home = |name| std::env::var_os(name).map(PathBuf::from);
    let config = home("XDG_CONFIG_HOME").or_else(|| home("HOME").map(|home| home.join(".config")));
    config.unwrap_or_else(|| PathBuf::from("/run")).join("fastcallctl/token")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, Failure> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_may_stand_anywhere() {
        let arguments = parse("calls --json agent=3 --box http://10.0.0.1:80/").unwrap();
        assert!(arguments.json);
        assert_eq!(arguments.url, "http://10.0.0.1:80");
        assert_eq!(arguments.words, ["calls", "agent=3"]);
    }

    #[test]
    fn wrong_lines_are_told() {
        for line in ["", "--box", "live --colour", "live --box ftp://x"] {
            assert!(matches!(parse(line), Err(Failure::Usage(_))), "{line}");
        }
        assert!(parse("--help").unwrap().help);
    }
}
