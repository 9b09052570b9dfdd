import type { LiveStreamSettings } from '../live-stream-settings.ts';

/** A stream that was just taken over stays with its publisher for this long while that one sends, milliseconds. */
const TAKEOVER_REST_MS = 10_000;

/** A publisher that has sent nothing for this long does not count as sending, milliseconds. */
export const SENDING_MS = 2000;

/** Who has a stream that somebody asks to publish. */
export interface StreamTenure {
  readonly key: string;
  /** Whether somebody publishes it whom a publisher competes with. */
  readonly isPublished: boolean;
  /** Whether somebody else has asked already. */
  readonly isClaimed: boolean;
  /** How long ago its publisher has taken it over from another one, milliseconds; infinite if that has not. */
  readonly takenOverMs: number;
  /** Whether that publisher has sent anything within {@link SENDING_MS}. */
  readonly isSending: boolean;
}

/** Why a stream cannot be had as things are, for whoever asks to publish it; undefined when it can. */
export function conflictOver(
  { key, isPublished, isClaimed, takenOverMs, isSending }: StreamTenure,
  { onConflict }: Pick<LiveStreamSettings, 'onConflict'>,
): string | undefined {
  if (onConflict === 'reject')
    return isPublished || isClaimed ? `stream ${key} is already being published` : undefined;
  if (!isPublished || takenOverMs >= TAKEOVER_REST_MS || !isSending) return undefined;
  return `stream ${key} was just taken over by another publisher: try again later`;
}
