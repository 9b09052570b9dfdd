import type { Relay } from './relay.ts';
import type { Denial } from './session-limits.ts';
import type { StreamPlaces } from './stream-places.ts';

/** The other threads of a relay, as one of them sees them; there is none where a relay is one thread. */
export interface RelayTeam {
  /** The relay's id, one for all of its threads. */
  readonly relayId: string;
  /** What this thread's session ids begin with. */
  readonly prefix: string;
  /** Finds streams wherever they are kept. */
  places(relay: Relay): StreamPlaces;
  /** Whether this thread keeps a stream that is always wanted. */
  keeps(key: string): boolean;
  /** Whether a connection may come in: the main thread counts those of all. */
  admit(session: string, address: string): Promise<Denial | undefined>;
  onAccepted(session: string): void;
  onClosed(session: string): void;
  /** A stream that is kept here has a source, or has none any more. */
  onPublished(key: string, isPublished: boolean): void;
}
