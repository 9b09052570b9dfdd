import type { Preface } from './cache/preface-store.ts';
import type { MediaKinds } from './fan-out/wire-form.ts';
import type { MediaFamily } from './media-family.ts';

/** Where a stream stands. `starting`: it has a source, or is to have one, and nothing to begin with has come yet. */
export type StreamState = 'absent' | 'starting' | 'live' | 'grace';

/** What can be known of a stream without playing it. */
export interface StreamDescription {
  readonly state: StreamState;
  /** Undefined while no source sends. */
  readonly family: MediaFamily | undefined;
  readonly kinds: MediaKinds;
  readonly prefaces: readonly Preface[];
}
