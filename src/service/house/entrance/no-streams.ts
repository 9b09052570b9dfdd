import type { Streams } from '../../../session/streams.ts';

/** The streams of a house, which has none: its gate lets nobody begin anything but sends each to a relay. */
export function noStreams(id: string): Streams {
  const never = (): never => {
    throw new Error('a house has no streams');
  };
  return { relayId: id, play: never, publish: never, look: never, publisherLimits: () => undefined };
}
