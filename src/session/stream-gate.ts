import type { WireForm } from '../stream/fan-out/wire-form.ts';
import type { Player } from '../stream/player.ts';
import type { Source } from '../stream/source.ts';
import type { StreamKeyReading } from '../stream/stream-key.ts';
import type { Play, Publication } from '../stream/stream-registry.ts';

/** Why a peer may not do what it asked for; the label of `streampump_rejected_total`. */
export type RefusalReason =
  | 'access'
  | 'address-limit'
  | 'conflict'
  | 'draining'
  | 'key'
  | 'loop'
  | 'no-source'
  | 'not-found'
  | 'pending-limit'
  | 'pull-limit'
  | 'session-limit';

/** A no, with a sentence for the person at the other end. */
export interface Refusal {
  readonly refused: RefusalReason;
  readonly description: string;
}

/** Who asks for what. */
export interface StreamWish {
  /** What the client's words may mean, preferred first. */
  readonly readings: readonly StreamKeyReading[];
  /** The peer's address, normalized. */
  readonly address: string;
  /** Ids of the relays that wait for the stream behind the peer, or that bring it; none where the peer is no relay. */
  readonly path: readonly string[];
}

/**
 * Decides who may publish and play what; every session asks here, whatever its protocol. The answer may take a while; until
 * it is there the session acts on nothing else that its peer says.
 */
export interface StreamGate {
  /** The id of this relay, as it stands in paths. */
  readonly relayId: string;
  publish(wish: StreamWish, source: Source): Publication | Refusal | Promise<Publication | Refusal>;
  play(wish: StreamWish, player: Player, form: WireForm): Play | Refusal | Promise<Play | Refusal>;
}

/** Whether the gate's answer is a no. */
export function isRefusal(answer: object): answer is Refusal {
  return 'refused' in answer;
}
