import type { Caller } from './caller.ts';

/** Something that a peer can ask or say, as often as it likes. */
export interface Verb {
  readonly protocol: 'RTMP' | 'HTTP' | 'WebSocket' | 'MMSH';
  readonly name: string;
  /** By how many connections it is done, one after the other. */
  readonly connections: number;
  /** How often on each. */
  readonly times: number;
  /** What comes before it on a connection, which does not count. */
  prepare?(caller: Caller): Promise<void>;
  /** Does it so often, and resolves when the relay has acted on all of it. */
  run(caller: Caller, times: number): Promise<void>;
}
