import type { RelayStatus, StreamStatus } from '../relay-status.ts';
import { EventFeed, type EventFeedHost } from './event-feed.ts';
import type { RelayEvent } from './relay-event.ts';

/** So many streams are told of, those with the most players. */
const MOST_STREAMS = 200;

/** What knows how a relay does. */
export interface PulsingRelay {
  status(): Promise<RelayStatus>;
  busiestStreams(limit: number): Promise<readonly StreamStatus[]>;
}

/** The events of a relay for those who follow them. */
export function relayFeed(relay: PulsingRelay, host: Omit<EventFeedHost, 'status'>): EventFeed<RelayEvent> {
  const status = async () => {
    const [status, streams] = await Promise.all([relay.status(), relay.busiestStreams(MOST_STREAMS)]);
    return { relay: status, streams };
  };
  return new EventFeed({ ...host, status });
}
