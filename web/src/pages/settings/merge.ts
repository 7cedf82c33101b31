// Two people changed the settings: what each of them did is kept where it can be.

const IDS = ["id", "number", "pattern", "name"] as const;
type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The name by which a list's members are told apart; none: the list is one value. */
function idOf(...lists: unknown[][]): string | undefined {
  const members = lists.flat();
  if (members.length === 0 || !members.every(isPlain)) return undefined;
  return IDS.find((id) => members.every((member) => member[id] !== undefined) && lists.every((list) => distinct(list as Plain[], id)));
}

const distinct = (list: Plain[], id: string): boolean => new Set(list.map((member) => member[id])).size === list.length;

export interface Merged<T> {
  value: T;
  /** JSON pointers of what both changed, differently: mine stands. */
  conflicts: string[];
}

export function merge<T>(base: T, mine: T, theirs: T, at = ""): Merged<T> {
  if (same(base, mine) || same(mine, theirs)) return { value: theirs, conflicts: [] };
  if (same(base, theirs)) return { value: mine, conflicts: [] };
  if (isPlain(base) && isPlain(mine) && isPlain(theirs)) return mergePlain(base, mine, theirs, at) as Merged<T>;
  if (Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs)) {
    const id = idOf(base, mine, theirs);
    if (id) return mergeList(base, mine, theirs, id, at) as Merged<T>;
  }
  return { value: mine, conflicts: [at] };
}

function mergePlain(base: Plain, mine: Plain, theirs: Plain, at: string): Merged<Plain> {
  const value: Plain = {};
  const conflicts: string[] = [];
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const part = merge(base[key], mine[key], theirs[key], `${at}/${key}`);
    conflicts.push(...part.conflicts);
    if (part.value !== undefined) value[key] = part.value;
  }
  return { value, conflicts };
}

function mergeList(base: Plain[], mine: Plain[], theirs: Plain[], id: string, at: string): Merged<Plain[]> {
  const by = (list: Plain[]): Map<unknown, Plain> => new Map(list.map((member) => [member[id], member]));
  const [inBase, inMine, inTheirs] = [by(base), by(mine), by(theirs)];
  const value: Plain[] = [];
  const conflicts: string[] = [];
  for (const key of new Set([...inTheirs.keys(), ...inMine.keys()])) {
    const part = merge(inBase.get(key), inMine.get(key), inTheirs.get(key), `${at}/[${String(key)}]`);
    conflicts.push(...part.conflicts);
    if (part.value !== undefined) value.push(part.value);
  }
  return { value, conflicts };
}
