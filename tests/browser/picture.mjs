// An exchange made of data, for looking at pages without a box: empty, at work, and far too full.

const MINUTE = 60_000;
let seed = 28;
function chance() {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
}
const pick = (list) => list[Math.floor(chance() * list.length)];

const FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗";
const GIVEN = ["伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超", "秀兰", "霞", "平"];
const SERVICES = [
  ["4008001200", "订购热线"],
  ["4008001201", "售后服务"],
  ["01065532211", "总机"],
];
const NODES = ["欢迎词", "主菜单", "订购", "输入订单号", "售后菜单"];
const STATES = ["ready", "ready", "ready", "busy", "talking", "talking", "talking", "talking", "holding", "wrap_up", "ringing", "consulting", "signed_out"];
export const REASONS = ["小休", "用餐", "会议"];
const CODES = ["已下单", "咨询", "投诉", "无效来电"];

const mobile = () => `1${pick(["38", "39", "86", "59", "77"])}${String(Math.floor(chance() * 1e8)).padStart(8, "0")}`;
export const ME = 7;

function spanOf(id, fault, now) {
  const slots = [];
  for (let slot = 1; slot <= 31; slot++) {
    if (slot === 16) continue;
    const r = chance();
    let state = r < 0.5 ? "talking" : r < 0.58 ? "ringing" : r < 0.62 ? "seized" : r < 0.64 ? "clearing" : "idle";
    if (slot === 29) state = "blocked_by_us";
    if (slot === 30) state = "blocked_by_peer";
    if (fault) state = "out_of_service";
    slots.push({ slot, state, call: state === "talking" || state === "ringing" ? `c${id}-${slot}` : null, since: now - Math.floor(chance() * 9 * MINUTE) });
  }
  return { id, name: `E1-${id} 联通`, group: 1, up: !fault, alarms: fault ? ["los", "rai"] : [], since: now - 4 * MINUTE, slots };
}

function callOf(id, circuit, now) {
  const [called, service] = pick(SERVICES);
  const phase = pick(["talking", "talking", "talking", "in_flow", "queued", "held", "ringing"]);
  const began = now - 20_000 - Math.floor(chance() * 8 * MINUTE);
  return {
    id,
    direction: "inbound",
    phase,
    began,
    since: began + 12_000,
    calling: chance() < 0.05 ? null : mobile(),
    called,
    service,
    queue: phase === "in_flow" ? null : 1 + Math.floor(chance() * 3),
    position: phase === "queued" ? 1 + Math.floor(chance() * 5) : null,
    flow_path: NODES.slice(0, 1 + Math.floor(chance() * 4)),
    keyed: pick(["1", "2", "12", "1#", "2861"]),
    agent: phase === "talking" || phase === "held" ? 1 + Math.floor(chance() * 20) : null,
    parties: [{ leg: "1", role: "caller", number: mobile(), circuit, extension: null, answered: true, held: phase === "held" }],
    recorded: phase === "talking",
  };
}

function agentOf(id, state, now) {
  const talking = !["ready", "busy", "signed_out", "wrap_up"].includes(state);
  return {
    id,
    login: `a${id}`,
    name: pick(FAMILY) + pick(GIVEN),
    state,
    since: now - Math.floor(chance() * 11 * MINUTE),
    extension: state === "signed_out" ? null : String(8000 + id),
    reachable: id % 19 !== 3,
    reason: state === "busy" ? pick(REASONS) : null,
    call: talking ? `c1-${1 + (id % 15)}` : null,
    consult: null,
    calls_today: Math.floor(chance() * 60),
    wrap_up_until: state === "wrap_up" ? now + 25_000 : null,
    wrap_up_codes: state === "signed_out" ? [] : CODES,
  };
}

function queueOf(id, name, waiting, now) {
  const offered = 180 + id * 73;
  const answered = offered - 12 * id;
  return {
    id,
    name,
    waiting,
    longest_since: waiting ? now - (10 + id * 22) * 1000 : null,
    agents_signed_in: 12 - id,
    agents_ready: id === 1 ? 0 : 3,
    agents_talking: 6,
    offered,
    answered,
    abandoned: 9 * id,
    overflowed: id,
    answered_in_goal: Math.floor(answered * (0.95 - id * 0.06)),
    goal_percent: 80,
    goal_seconds: 20,
  };
}

export const EMPTY = { seq: 1, spans: [], queues: [], agents: [], calls: [], extensions: [], alarms: [], rooms: [] };

/** `spans` E1s and `agents` seats at work; `own` is the state of the seat of who looks. */
export function exchange({ spans = 2, agents = 24, fault = false, own = "ready", queues = 3, now = Date.now() } = {}) {
  seed = 28;
  const view = { seq: 1, spans: [], queues: [], agents: [], calls: [], extensions: [], alarms: [], rooms: [] };
  // What is wrong with lines is in the spans.
  if (fault) view.alarms.push({ id: "900", kind: "recordings_full", span: 0, slot: 2, began: now - 90_000, ended: null });
  for (let id = 1; id <= spans; id++) view.spans.push(spanOf(id, fault && id === 2, now));
  for (const span of view.spans) {
    for (const slot of span.slots) if (slot.call) view.calls.push(callOf(slot.call, { span: span.id, slot: slot.slot }, now));
  }
  const names = ["订购", "售后服务", "投诉与建议", "VIP 专席", "电话回访与满意度调查", "English service"];
  for (let id = 1; id <= queues; id++) view.queues.push(queueOf(id, names[(id - 1) % names.length], id < 3 ? 5 - id * 2 + 1 : 0, now));
  for (let id = 1; id <= agents; id++) view.agents.push(agentOf(id, pick(STATES), now));
  for (let id = 1; id <= agents + 4; id++) {
    const agent = view.agents[id - 1];
    view.extensions.push({ number: String(8000 + id), name: agent?.name ?? pick(["财务", "库房", "前台", "值班"]), registered: id % 7 !== 0, contact: "192.168.1.20:5060", in_call: agent?.call !== null });
  }
  sit(view, own, now);
  view.rooms = rooms(now);
  return view;
}

/** A meeting under way, and a room that waits. */
function rooms(now) {
  const member = (leg, name, number, more = {}) => ({ leg, call: `m${leg}`, number, name, agent: null, since: now - 400_000 + leg * 1000, muted: false, talking: false, ...more });
  const members = [member(901, "林晓月", "8007", { talking: true }), member(902, "库房", "8026"), member(903, null, "13922220001", { muted: true })];
  return [{ id: 1, name: "晨会", most: 20, members }, { id: 2, name: "供应商", most: 6, members: [] }];
}

/** Who looks listens to the first other agent who talks. */
export function supervise(view, mode) {
  const other = view.agents.find((agent) => agent.id !== ME && agent.call && view.calls.some((call) => call.id === agent.call));
  const own = view.agents.find((agent) => agent.id === ME);
  if (other && own) Object.assign(own, { state: "supervising", supervises: { agent: other.id, mode, answered: true } });
  return view;
}

/** Puts who looks into a state, with the call that belongs to it. */
export function sit(view, state, now) {
  const mine = {
    ...agentOf(ME, state, now),
    name: "林晓月",
    login: "linxy",
    reachable: true,
    since: now - 83_000,
    call: ["ready", "busy", "signed_out"].includes(state) ? null : "mine",
    reason: state === "busy" ? "小休" : null,
  };
  const at = view.agents.findIndex((a) => a.id === ME);
  if (at >= 0) view.agents[at] = mine;
  else view.agents.push(mine);
  if (!mine.call || state === "wrap_up") return view;
  const phase = { ringing: "ringing", holding: "held", dialling: "ringing" }[state] ?? "talking";
  const parties = [
    { leg: "1", role: "caller", number: "13812345678", circuit: { span: 1, slot: 4 }, extension: null, answered: true, held: state === "holding" || state === "consulting" },
    { leg: "2", role: "agent", number: null, circuit: null, extension: "8007", answered: state !== "ringing", held: false },
  ];
  if (state === "consulting") parties.push({ leg: "3", role: "consulted", number: null, circuit: null, extension: "8012", answered: true, held: false });
  view.calls.push({
    id: "mine",
    direction: "inbound",
    phase,
    began: now - 127_000,
    since: now - 83_000,
    calling: "13812345678",
    called: "4008001200",
    service: "订购热线",
    queue: 1,
    position: null,
    flow_path: ["欢迎词", "主菜单", "订购", "输入订单号"],
    keyed: "12861#",
    agent: ME,
    parties,
    recorded: state !== "ringing",
  });
  return view;
}

const OUTCOMES = ["answered", "answered", "answered", "answered", "abandoned_in_queue", "served_by_flow", "no_answer", "abandoned_in_flow", "busy", "failed"];

export function callRow(i, now = Date.now()) {
  const [called, service] = pick(SERVICES);
  const outcome = pick(OUTCOMES);
  const began = now - i * 7 * MINUTE - Math.floor(chance() * 5 * MINUTE);
  const answered = outcome === "answered" ? began + 31_000 : null;
  const talk = answered ? 30_000 + Math.floor(chance() * 500_000) : 0;
  const outbound = i % 6 === 5;
  return {
    call: String(7000000000000000000n + BigInt(i)),
    direction: outbound ? "outbound" : "inbound",
    began,
    answered,
    ended: began + 31_000 + talk,
    calling: outbound ? "8007" : mobile(),
    called: outbound ? mobile() : called,
    circuit: { span: 1, slot: 1 + (i % 15) },
    extension: answered ? "8007" : null,
    flow: 1,
    keyed: pick(["1", "2", "12", "", "2861#"]),
    queue: 1 + (i % 3),
    queued: began + 14_000,
    left_queue: began + 27_000,
    agent: answered ? 1 + (i % 20) : null,
    agents: answered ? [1 + (i % 20)] : [],
    ring_millis: 4200,
    talk_millis: talk,
    hold_millis: i % 4 === 0 ? 15_000 : 0,
    transfers: i % 9 === 0 ? 1 : 0,
    outcome,
    cause: 16,
    ...remark(answered, i),
    recordings: answered ? [`r${i}`] : [],
    agent_name: answered ? pick(FAMILY) + pick(GIVEN) : null,
    queue_name: ["订购", "售后服务", "投诉与建议"][i % 3],
    service: outbound ? null : service,
  };
}

/** What the agent left with a call: a code, and a note with one call in three. */
function remark(answered, i) {
  const code = answered ? pick(CODES) : null;
  const note = answered && i % 3 === 1 ? "要两台红色的，明天上午送，先打电话" : null;
  return { wrap_up_code: code, wrap_up_note: note, wrap_ups: answered ? [{ agent: 1 + (i % 20), code, note }] : [] };
}

export function waveform(points = 800) {
  const lane = (phase) =>
    Array.from({ length: points }, (_, i) => {
      const speaking = Math.sin(i / 28 + phase) > 0;
      return speaking ? Math.min(1, 0.15 + Math.abs(Math.sin(i * 1.7 + phase)) * 0.5 + chance() * 0.3) : chance() * 0.03;
    });
  return { millis: 187_400, left: lane(0), right: lane(Math.PI) };
}

export function ledgerOf(row) {
  const at = row.began;
  const events = [
    [0, { what: "began", leg: "1", place: { Circuit: { span: 1, slot: 4 } }, calling: { digits: row.calling ?? "", kind: "national", plan: "isdn", presentation: "allowed", screening: "network" }, called: row.called, direction: row.direction }],
    [3, { what: "routed", to: { flow: 1 } }],
    [5, { what: "flow_entered", flow: 1, version: 3 }],
    [6, { what: "flow_node", node: "主菜单" }],
    [9200, { what: "key_pressed", leg: "1", key: "1" }],
    [9210, { what: "flow_left", flow: 1 }],
    [9220, { what: "queued", queue: 1 }],
    [15_000, { what: "announced", position: 2, wait_secs: 30 }],
    [22_000, { what: "offered", queue: 1, agent: 7, leg: "2" }],
    [22_010, { what: "leg_added", leg: "2", role: "agent", place: { Extension: "8007" }, number: "8007", agent: 7 }],
    [22_400, { what: "leg_ringing", leg: "2" }],
    [26_100, { what: "leg_answered", leg: "2" }],
    [26_110, { what: "offer_ended", agent: 7, why: "answered" }],
    [26_115, { what: "connected", queue: 1, agent: 7 }],
    [26_120, { what: "left_queue", queue: 1, why: "connected" }],
    [26_125, { what: "bridged", a: "1", b: "2" }],
    [26_130, { what: "recording_started", recording: "r1", leg: "1" }],
    [80_000, { what: "held", leg: "1", by: "2" }],
    [95_000, { what: "retrieved", leg: "1" }],
    [180_000, { what: "leg_released", leg: "1", cause: { cause: 16, location: "user" } }],
    [180_040, { what: "recording_ended", recording: "r1", millis: 187_400 }],
    [180_050, { what: "wrap_up_began", agent: 7 }],
    [198_000, { what: "wrap_up_ended", agent: 7, code: "已下单" }],
    [198_001, { what: "teleported", somewhere: 4 }],
    [198_002, { what: "closed", outcome: row.outcome }],
  ];
  return events.map(([after, event], seq) => ({ call: row.call, seq, at: at + after, event }));
}
