// The event stream: a snapshot, then changes by sequence number, resumed after a break.
//
//   waiting --open--> open --close--> waiting (1 s, doubled up to 15 s, with some chance so that 500 seats do not return at once)

import { API, get } from "./http";
import type { LiveView, ViewChange } from "./types";

export type Frame = ({ type: "snapshot"; view: LiveView } | ({ type: "change" } & ViewChange)) | { type: string };

export interface Listener {
  snapshot(view: LiveView): void;
  change(change: ViewChange): void;
  connected(up: boolean): void;
}

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15_000;
/** Without a frame for so long, a small request finds out whether the box is still there. */
const SILENCE = 25_000;

export function backoff(attempt: number, chance: number): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
  return wait / 2 + (wait / 2) * chance;
}

export class EventStream {
  private socket: WebSocket | undefined;
  private seq: number | undefined;
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private heard = 0;
  private wanted = false;

  constructor(private readonly listener: Listener) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.watch = setInterval(() => void this.listenIn(), 5000);
    window.addEventListener("online", this.hurry);
    this.open();
  }

  stop(): void {
    this.wanted = false;
    clearInterval(this.watch);
    clearTimeout(this.retry);
    window.removeEventListener("online", this.hurry);
    this.socket?.close();
    this.socket = undefined;
    this.seq = undefined;
    this.attempt = 0;
  }

  private readonly hurry = (): void => {
    if (!this.socket) {
      clearTimeout(this.retry);
      void this.reopen();
    }
  };

  private open(): void {
    const url = new URL(API + "/events", window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    if (this.seq !== undefined) url.searchParams.set("since", String(this.seq));
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.onopen = () => {
      this.heard = Date.now();
    };
    socket.onmessage = (message) => this.receive(String(message.data));
    socket.onclose = () => this.closed(socket);
  }

  private receive(text: string): void {
    this.heard = Date.now();
    let frame: Frame;
    try {
      frame = JSON.parse(text) as Frame;
    } catch {
      return;
    }
    this.attempt = 0;
    if (frame.type === "snapshot" && "view" in frame) {
      const view = frame.view as LiveView;
      this.seq = view.seq;
      this.listener.snapshot(view);
    } else if (frame.type === "change" && "seq" in frame) {
      const change = frame as ViewChange & { type: string };
      if (this.seq !== undefined && change.seq <= this.seq) return;
      this.seq = change.seq;
      this.listener.change(change);
    }
    this.listener.connected(true);
  }

  private closed(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    if (!this.wanted) return;
    this.listener.connected(false);
    this.again();
  }

  private again(): void {
    this.retry = setTimeout(() => void this.reopen(), backoff(this.attempt++, Math.random()));
  }

  /** A WebSocket does not say why it was refused; a request does, and an ended session leads to the log-in page. */
  private async reopen(): Promise<void> {
    try {
      await get("/session");
    } catch {
      if (this.wanted && !this.socket) this.again();
      return;
    }
    if (this.wanted && !this.socket) this.open();
  }

  private async listenIn(): Promise<void> {
    const socket = this.socket;
    if (!socket || socket.readyState !== WebSocket.OPEN || Date.now() - this.heard < SILENCE) return;
    this.heard = Date.now();
    try {
      // Also tells the page when the session has ended.
      await get("/session");
      this.listener.connected(true);
    } catch {
      socket.close();
      this.closed(socket);
    }
  }
}
