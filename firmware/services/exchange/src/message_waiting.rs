//! For whose owners messages wait. There is no mailbox here: who has one says so by a command.

use crate::machine::Exchange;
use crate::port::Effect;
use clock::Now;
use desk::Refusal;
use identity::SpanId;
use numbering::Digits;

impl Exchange {
    /// What was kept when the box stopped. Before the first input.
    pub fn resume_messages(&mut self, now: Now, extensions: impl IntoIterator<Item = Digits>) {
        self.outbox.now = now;
        for extension in extensions.into_iter().filter(|number| self.house.name_of(number).is_some()) {
            self.board.touched.extensions.insert(extension.clone());
            self.lines.messages_wait.insert(extension);
        }
        self.settle();
    }

    pub(crate) fn message_waiting(&mut self, extension: Digits, waiting: bool) -> Result<(), Refusal> {
        if self.house.name_of(&extension).is_none() {
            return Err(Refusal::ExtensionUnknown);
        }
        let waits = &mut self.lines.messages_wait;
        let changed = if waiting { waits.insert(extension.clone()) } else { waits.remove(&extension) };
        if changed {
            if let Some(port) = self.house.port_of(&extension) {
                self.effect(Effect::ShowMessageWaiting { port, waiting });
            }
            self.board.touched.extensions.insert(extension.clone());
            self.effect(Effect::KeepMessageWaiting { extension, waiting });
        }
        Ok(())
    }

    /// A card that begins, or that has other telephones now, knows nothing of it.
    pub(crate) fn tell_messages_wait(&mut self, span: Option<SpanId>) {
        let gone: Vec<Digits> =
            self.lines.messages_wait.iter().filter(|number| self.house.name_of(number).is_none()).cloned().collect();
        for extension in gone {
            self.lines.messages_wait.remove(&extension);
            self.effect(Effect::KeepMessageWaiting { extension, waiting: false });
        }
        let ports: Vec<_> = self.house.telephones_at_ports().map(|(number, port)| (number.clone(), port)).collect();
        for (extension, port) in ports {
            let waiting = self.lines.messages_wait.contains(&extension);
            if span.is_none_or(|span| span == port.span) {
                self.effect(Effect::ShowMessageWaiting { port, waiting });
            }
        }
    }
}
