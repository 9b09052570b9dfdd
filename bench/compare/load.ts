import type { MediaName } from './media.ts';
import type { Wire } from './server.ts';

/** What a server is put under while it is measured. */
export interface Load {
  readonly media: MediaName;
  readonly streams: number;
  /** All streams together. 0: it is published only. */
  readonly players: number;
  readonly wire: Wire;
  /** Players that parse and check everything. */
  readonly probes: number;
  /** Players that join each second. */
  readonly ramp: number;
  /** From the last player's joining to the measurement, seconds. */
  readonly warmUp: number;
  /** Of the measurement, seconds. */
  readonly seconds: number;
  /** Share of the players that stop reading. */
  readonly stalledPercent: number;
  /** Connections a second besides that only make a full TLS handshake. */
  readonly handshakes: number;
  /** Who plays: the program in C, or `streampump load`. */
  readonly generator: 'native' | 'streampump load';
  /** The stream is recorded, and then the recording is played. */
  readonly isRecorded: boolean;
}

const plain: Load = {
  media: '2.18 Mb/s',
  streams: 1,
  players: 0,
  wire: 'rtmp',
  probes: 50,
  ramp: 500,
  warmUp: 2.5,
  seconds: 7,
  stalledPercent: 0,
  handshakes: 0,
  generator: 'native',
  isRecorded: false,
};

/** A load that is said by what is special of it. */
export function load(special: Partial<Load>): Load {
  return { ...plain, ...special };
}

/** How long it takes to measure a server under this load once, roughly, seconds. */
export function secondsOf(load: Load): number {
  const { streams, players, ramp, warmUp, seconds, isRecorded } = load;
  const start = 2 + (isRecorded ? recordedSecondsOf(load) : 0);
  if (streams === 0) return start + warmUp;
  return start + 1 + streams / STREAMS_PER_SECOND + players / ramp + warmUp + seconds;
}

/** How long a recording is so that nobody comes to its end, seconds: players are ahead of its pace by their buffers. */
export function recordedSecondsOf({ players, ramp, warmUp, seconds }: Load): number {
  return players / ramp + warmUp + seconds + AHEAD_SECONDS;
}

const AHEAD_SECONDS = 6;

/** Streams that begin each second. */
export const STREAMS_PER_SECOND = 150;
