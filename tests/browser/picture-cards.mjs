// Line cards of a box: real ones of which one is missing and one waits for settings, or simulated ones alone.

const card = (span, more) => ({ span, connector: null, place: "", kind: "e1", channels: 31, device: "TE405P", description: "Quad E1 card (PCI)", alarms: [], counters: {}, clocked_by: 1, ...more });
const at = (place) => `DAHDI card at "PCI Bus 04 Slot 01", span ${place}`;
const proposal = (id) => ({
  id,
  name: `TE405P ${id}`,
  enabled: true,
  signalling: { kind: "pri", side: "user", dchannel: "hdlc", overlap_receiving: false, overlap_sending: true, crc4: "usual", answer_by_sound: true, cancel_echo: false },
  blocked: [],
});
const e1 = (span, more = {}) => ({ span, connector: `TE405P ${span}`, kind: "e1", simulated: false, ports: [], ...more });
const ports = [1, 2, 3, 4].map((slot) => ({ slot, kind: slot < 3 ? "fxs" : "fxo", connector: `${slot < 3 ? "TEL" : "LINE"}-${slot}` }));
const analog = { kind: "analog", practice: "cn", cancel_echo: true, ports: ports.map(({ slot, kind }) => ({ slot, line: { kind } })) };

export function cards(view, box) {
  const now = Date.now();
  if (view.spans.length === 0) return { cards: [], problem: "/dev/dahdi/ctl: No such file or directory", fitted: [], proposed: [], clock: { ruler: null, since: null, lines: [] } };
  if (box === "simulated") {
    const fitted = [1, 2].map((span) => e1(span, { connector: `E1-${span}`, simulated: true }));
    return { cards: [], problem: "/dev/dahdi/ctl: No such file or directory", fitted: [...fitted, { span: 3, connector: "ANALOG", kind: "analog", simulated: true, ports }], proposed: [], clock: { ruler: null, since: null, lines: [] } };
  }
  return {
    cards: [
      card(1, { place: at(1), counters: { crc4: 12, slips: 3, fas: 0 } }),
      card(2, { place: at(2), alarms: ["los", "red"], clocked_by: 1, counters: { bpv: 40_211, crc4: 1_822, slips: 17 } }),
      card(3, { place: at(3) }),
      card(4, { place: 'DAHDI card at "PCI Bus 04 Slot 02", span 1', kind: null, channels: 0, device: "", description: "", clocked_by: null }),
      card(null, { place: "DAHDI span 9", kind: "fxs", channels: 8, device: "TDM800P", description: "Analog card, 8 ports" }),
    ],
    problem: null,
    fitted: [e1(1), e1(2), e1(3), { span: 4, connector: "TDM410P 1", kind: "analog", simulated: false, ports }],
    proposed: [proposal(3), { ...proposal(4), name: "TDM410P 1", signalling: analog }],
    clock: {
      ruler: 1,
      since: now - 3_900_000,
      lines: [
        { span: 2, usable: false, since: now - 3_900_000, returns: null },
        { span: 1, usable: true, since: now - 90_000_000, returns: null },
      ],
    },
  };
}
