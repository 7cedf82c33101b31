// A flow drawn from top to bottom: where each node stands and which way its edges run.

import type { FlowNode, FlowSettings } from "@/api/settings";

export interface Edge {
  from: string;
  to: string;
  /** A key, or the name of the field that leads on (`otherwise`, `when_open`, …); empty for the plain next step. */
  label: string;
  /** Leads upwards: drawn apart. */
  back: boolean;
}

export interface Box {
  node: FlowNode;
  index: number;
  x: number;
  y: number;
  /** Cannot be reached from the start. */
  lost: boolean;
}

export interface Drawing {
  boxes: Box[];
  edges: Edge[];
  width: number;
  height: number;
}

export const BOX = { width: 148, height: 46, across: 22, down: 46 };

export function edgesOf(node: FlowNode): { to: string; label: string }[] {
  const out: { to: string; label: string }[] = [];
  const lead = (to: string | undefined, label: string): void => {
    if (to) out.push({ to, label });
  };
  for (const [key, to] of Object.entries(node.keys ?? {})) lead(to, key);
  for (const each of node.cases ?? []) lead(each.next, each.pattern);
  lead(node.when_open, "when_open");
  lead(node.when_closed, "when_closed");
  lead(node.next, "");
  lead(node.otherwise, "otherwise");
  return out;
}

/** Steps from the start to each node that can be reached. */
export function depths(flow: FlowSettings): Map<string, number> {
  const nodes = new Map(flow.nodes.map((node) => [node.id, node]));
  const depth = new Map<string, number>();
  let layer = nodes.has(flow.start) ? [flow.start] : [];
  for (let level = 0; layer.length > 0; level++) {
    const next: string[] = [];
    for (const id of layer) {
      if (depth.has(id)) continue;
      depth.set(id, level);
      const node = nodes.get(id);
      if (node) next.push(...edgesOf(node).map((edge) => edge.to).filter((to) => nodes.has(to) && !depth.has(to)));
    }
    layer = next;
  }
  return depth;
}

export function layOut(flow: FlowSettings): Drawing {
  const depth = depths(flow);
  const deepest = Math.max(-1, ...depth.values());
  const rows = new Map<number, Box[]>();
  const order = [...depth.keys(), ...flow.nodes.map((n) => n.id).filter((id) => !depth.has(id))];
  const boxes: Box[] = [];
  for (const id of order) {
    const index = flow.nodes.findIndex((node) => node.id === id);
    const node = flow.nodes[index];
    if (!node) continue;
    const level = depth.get(id) ?? deepest + 1;
    const row = rows.get(level) ?? [];
    const box = { node, index, x: 0, y: level * (BOX.height + BOX.down) + 8, lost: !depth.has(id) };
    row.push(box);
    rows.set(level, row);
    boxes.push(box);
  }
  const widest = Math.max(1, ...[...rows.values()].map((row) => row.length));
  const width = widest * (BOX.width + BOX.across) + BOX.across;
  for (const row of rows.values()) {
    const used = row.length * (BOX.width + BOX.across) - BOX.across;
    row.forEach((box, i) => (box.x = (width - used) / 2 + i * (BOX.width + BOX.across)));
  }
  const at = new Map(boxes.map((box) => [box.node.id, box]));
  const edges = boxes.flatMap((box) =>
    edgesOf(box.node)
      .filter((edge) => at.has(edge.to))
      .map((edge) => ({ from: box.node.id, ...edge, back: (at.get(edge.to) as Box).y <= box.y })),
  );
  return { boxes, edges, width, height: Math.max(...boxes.map((box) => box.y), 0) + BOX.height + 12 };
}
