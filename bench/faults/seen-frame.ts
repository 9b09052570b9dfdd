import { hash } from 'node:crypto';
import type { PlayedMedia } from '../../load-tester/protocols/player-protocol.ts';
import { hasFrames } from '../../load-tester/report/stream-check.ts';
import { sendTimeAt } from '../../src/protocol/asf/asf-packet.ts';

/** A frame of audio or video, or a data packet of ASF, as a player got it. */
export interface SeenFrame {
  /** The same for the same kind and bytes, whatever the time. */
  readonly content: string;
  /** In the stream, milliseconds. */
  readonly timestamp: number;
  /** When it came, by `performance.now`. */
  readonly atMs: number;
  /** How often its player had connected by then. */
  readonly life: number;
}

/** What is noted of media; undefined of what is no frame, such as a header. @param media - is not kept */
export function seenFrame(media: PlayedMedia, life: number): SeenFrame | undefined {
  if (!hasFrames(media) || media.is === 'asfHeader') return undefined;
  const at = { atMs: performance.now(), life };
  if (media.is === 'message') {
    const { type, timestamp, payload } = media;
    return { content: `${type} ${hash('sha1', payload)}`, timestamp, ...at };
  }
  const untimed = Buffer.from(media.bytes);
  const timesAt = [sendTimeAt(untimed), ...media.packet.payloads.map(({ timeAt }) => timeAt)];
  for (const timeAt of timesAt) if (timeAt !== undefined) untimed.writeUInt32LE(0, timeAt);
  return { content: hash('sha1', untimed), timestamp: media.packet.sendTimeMs, ...at };
}
