import type { HookSubject } from '../hook-subject.ts';

/** What an activity is to those servers, which play recordings like streams. */
export function presetActivity(verb: 'publish' | 'play' | 'record' | 'playback'): 'publish' | 'play' {
  return verb === 'publish' || verb === 'record' ? 'publish' : 'play';
}

/** What other servers call back for. `update`: what goes on is asked about again. */
export const presetCalls = ['connect', 'publish', 'play', 'unpublish', 'stop', 'update'] as const;

/** Something to be said in another server's words. */
export interface PresetCall {
  readonly call: (typeof presetCalls)[number];
  readonly subject: HookSubject;
  /** What goes on, where it is asked about again. */
  readonly activity?: 'publish' | 'play';
  /** How long it has gone on, milliseconds. */
  readonly durationMs?: number;
}

/** A body as it is posted. */
export interface PostedBody {
  readonly contentType: string;
  readonly text: string;
}

/** What a hook server answered, as far as a preset looks at it. */
export interface PresetReply {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** What an answer means. */
export type PresetAnswer =
  | { readonly says: 'yes' }
  /** Yes, and the stream has this key. */
  | { readonly says: 'rename'; readonly key: string }
  /** The stream is to be had elsewhere. */
  | { readonly says: 'redirect'; readonly url: string }
  /** @property description - for the person at the other end, where there is more to say than no */
  | { readonly says: 'no'; readonly description?: string }
  /** It is no answer: the hook does not work. */
  | { readonly says: 'nothing'; readonly problem: string };

/** The callbacks of another server: back ends that were written for it work unchanged. */
export interface Preset {
  /** What is posted; undefined for what that server has no words for. */
  encode(call: PresetCall): PostedBody | undefined;
  read(call: PresetCall, reply: PresetReply): PresetAnswer;
}
