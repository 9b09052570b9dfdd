import { EventFeed, type EventFeedHost } from '../../admin/events/event-feed.ts';
import type { RelayOverview } from '../overview/relay-overview.ts';
import type { FleetNews, HouseEvent, RelayFigures } from './house-event.ts';
import { followHouse, type HouseNewsParts } from './house-news.ts';

/** So many relays are told of again and again, those with the most players. */
const MOST_RELAYS = 1000;

/** What the events of a house need. */
export interface HouseFeedParts extends HouseNewsParts, Pick<EventFeedHost, 'clock' | 'log'> {
  readonly overview: RelayOverview;
}

/** The events of a house for those who follow them. */
export function houseFeed(parts: HouseFeedParts): EventFeed<HouseEvent> {
  const { clock, log, overview } = parts;
  const feed: EventFeed<HouseEvent> = new EventFeed({
    clock,
    log,
    follow: () => followHouse(parts, (event) => feed.tell(event)),
    status: async () => fleetFigures(overview),
  });
  return feed;
}

/** How the fleet does, as the event `status` says it. */
export function fleetFigures(overview: RelayOverview): Pick<FleetNews, 'totals' | 'relays'> {
  const { items } = overview.list({ limit: Number.MAX_SAFE_INTEGER });
  const relays = items.map(
    ({ id, state, players, sentBitsPerSecond, receivedBitsPerSecond, streams, report }): RelayFigures => {
      const reportedAt = report?.at ?? null;
      return { id, state, players, sentBitsPerSecond, receivedBitsPerSecond, streams, reportedAt };
    },
  );
  const shown = relays.length > MOST_RELAYS ? busiest(relays) : relays;
  return { totals: overview.totals(), relays: shown };
}

function busiest(relays: readonly RelayFigures[]): readonly RelayFigures[] {
  const byPlayers = relays.toSorted((one, other) => (other.players ?? -1) - (one.players ?? -1));
  return byPlayers.slice(0, MOST_RELAYS);
}
