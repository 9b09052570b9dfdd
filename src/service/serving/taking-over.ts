import { isDeepStrictEqual } from 'node:util';

/**
 * Whether a running service takes a setting over that has changed, or goes on with the old one until it is started again. `replaces`: it
 * takes one for another, and waits with one that comes or goes (null).
 */
export type AtReload = 'applies' | 'waits' | 'replaces';

/** A decision for a whole section, or one for each setting in it; of a list they are those of its elements. */
export type ReloadDecisions<T> = T extends null
  ? never
  : T extends readonly (infer Element)[]
    ? ReloadDecisions<Element>
    : T extends object
      ? { readonly [Name in keyof T]-?: AtReload | ReloadDecisions<T[Name]> }
      : AtReload;

/** What a service makes of new settings while it runs. */
export interface TakenOver<S> {
  /** The new ones, but for those that wait: these are as they were. */
  readonly settings: S;
  /** Paths of the settings that have changed and wait for a restart. */
  readonly waiting: readonly string[];
}

/** Brings new settings together with those that a service runs with. @param table - what each does */
export function takenOver<S>(table: ReloadDecisions<S>, running: S, wanted: S): TakenOver<S> {
  const waiting: string[] = [];
  const settings = merge(table as Decision, running, wanted, [], waiting) as S;
  return { settings, waiting };
}

type Decision = AtReload | { readonly [name: string]: Decision };
type Section = Readonly<Record<string, unknown>>;

function merge(
  decision: Decision,
  running: unknown,
  wanted: unknown,
  path: readonly (string | number)[],
  waiting: string[],
): unknown {
  if (decision === 'applies') return wanted;
  if (decision === 'replaces' && running !== null && wanted !== null) return wanted;
  if (decision === 'waits' || decision === 'replaces') {
    if (!isDeepStrictEqual(running, wanted)) waiting.push(path.join('.'));
    return running;
  }
  if (running === null || wanted === null) {
    if (running !== wanted) waiting.push(path.join('.'));
    return running;
  }
  if (Array.isArray(running) && Array.isArray(wanted)) {
    if (running.length !== wanted.length) waiting.push(path.join('.'));
    const pathOf = (index: number) => (running.length === 1 ? path : [...path, index]);
    return running.map((element, index) =>
      index < wanted.length ? merge(decision, element, wanted[index], pathOf(index), waiting) : element,
    );
  }
  const merged = { ...(running as Section) };
  for (const [name, inner] of Object.entries(decision))
    merged[name] = merge(inner, merged[name], (wanted as Section)[name], [...path, name], waiting);
  return merged;
}
