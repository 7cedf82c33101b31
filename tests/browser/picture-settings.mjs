// Settings of a small call centre, and of a box just unpacked.

const AFTER = {
  calls: { ring_seconds: 30, recall_seconds: 25, max_hold_seconds: 180, park_seconds: 120, park_slots: [700, 719], first_digit_seconds: 9, inter_digit_seconds: 5, music: "music/default", inband_clear_seconds: 20 },
  recording: { record_agent_calls: true, record_extension_calls: false, encrypt: true, pause_at_most_seconds: 120, keep_days: 180, quota_megabytes: 0, keep_free_megabytes: 512, when_full: "delete_oldest", more_volumes: ["/mnt/b"], new_key_days: 365 },
  sip: { port: 5060, tcp: true, rtp_ports: [16384, 18431], t38: true, fax_ports: [18432, 18559], codecs: ["pcma", "pcmu", "g722"], srtp: "allowed", realm: "fastcall", expires_seconds: 300, min_expires_seconds: 60, session_seconds: 1800 },
  emergency: { numbers: ["110", "119", "120", "122"], groups: [] },
};

const span = (id) => ({ id, name: `E1-${id} 联通`, enabled: true, signalling: { kind: "pri", side: "user", dchannel: "hdlc", overlap_receiving: false, overlap_sending: false }, blocked: [] });
const queue = (id, name) => ({
  id,
  name,
  needs: id === 1 ? [{ skill: 1, level: 2 }] : [],
  strategy: "longest_idle",
  priority: 5,
  ageing_seconds: 60,
  ring_seconds: 20,
  busy_after_no_answers: 3,
  wrap_up_seconds: 30,
  wrap_up_codes: ["已下单", "咨询", "投诉"],
  music: "",
  announcements: { first_seconds: 15, every_seconds: 30, position: true, wait: true, prompt: "" },
  max_waiting: 50,
  max_wait_seconds: 600,
  overflow: "release",
  goal_percent: 80,
  goal_seconds: 20,
});

const flow = {
  id: 1,
  name: "订购热线",
  version: 3,
  start: "hours",
  nodes: [
    { id: "hours", title: "营业时间", kind: "time", open: [{ days: [1, 2, 3, 4, 5], times: [{ from: 480, to: 1320 }] }], holidays: ["2026-10-01"], when_open: "welcome", when_closed: "closed" },
    { id: "welcome", title: "欢迎词", kind: "play", prompts: ["welcome"], interruptible: true, next: "main" },
    { id: "main", title: "主菜单", kind: "menu", prompts: ["menu/main"], keys: { 1: "orders", 2: "service", 0: "desk" }, timeout_seconds: 5, attempts: 3, invalid_prompt: "invalid", otherwise: "orders" },
    { id: "orders", title: "转订购", kind: "queue", queue: 1, priority: null },
    { id: "service", title: "转售后", kind: "queue", queue: 2, priority: 3 },
    { id: "desk", title: "转总机", kind: "transfer", to: { extension: "8001" } },
    { id: "closed", title: "下班提示", kind: "hang_up", prompts: ["closed"] },
  ],
};

export function settings(empty) {
  const bare = { spans: [], groups: [], extensions: [], services: [], outbound: [], skills: [], agents: [], queues: [], flows: [], prompts: [], rooms: [], ...AFTER };
  const site = { name: "九州购物呼叫中心", language: "zh", utc_offset_minutes: 480, extension_digits: 4 };
  if (empty) return { version: 1, author: null, at: Date.now(), settings: { site, ...bare } };
  return {
    version: 7,
    author: "admin",
    at: Date.now() - 3_600_000,
    settings: {
      site,
      ...bare,
      spans: [span(1), span(2)],
      clocks: [2, 1],
      groups: [{ id: 1, name: "联通中继", selection: "ascending", spans: [1, 2], calling: "4008001200" }],
      extensions: Array.from({ length: 28 }, (_, i) => ({ number: String(8001 + i), name: `座席 ${i + 1}`, password: "", may_dial_out: i % 3 !== 0 })),
      services: [
        { pattern: "4008001200", name: "订购热线", target: { flow: 1 } },
        { pattern: "0106553xxxx", name: "总机", target: { extension: "8001" } },
      ],
      outbound: [{ pattern: "9.", name: "市话与长途", strip: 1, prepend: "", groups: [1] }],
      skills: [{ id: 1, name: "订购" }, { id: 2, name: "英语" }],
      agents: Array.from({ length: 24 }, (_, i) => ({ id: i + 1, login: `a${i + 1}`, name: i === 6 ? "林晓月" : `坐席 ${i + 1}`, role: i === 0 ? "administrator" : i < 3 ? "supervisor" : "agent", skills: [{ skill: 1, level: 1 + (i % 5) }], extension: String(8001 + i), automatic_answer: false })),
      queues: [queue(1, "订购"), queue(2, "售后服务"), queue(3, "投诉与建议")],
      flows: [flow],
      rooms: [{ id: 1, name: "晨会", pin: "2468", most: 20 }, { id: 2, name: "供应商", pin: "", most: 6 }],
      prompts: [{ name: "menu/main", language: "zh", text: "订购请按一，售后请按二。" }],
    },
  };
}
