import type { HouseState } from '../../../service/house/overview/house-state.ts';
import { bitRate, clockTime, count, span } from '../terminal/figures.ts';
import { type Line, line, type Tone } from '../terminal/line.ts';

type Fact = readonly [string, string, (Tone | undefined)?];

/** How a house and its fleet are doing, for people. */
export function houseLines(house: HouseState, nowMs: number): readonly Line[] {
  const { fleet, store, reload, config } = house;
  const relays = Object.entries(fleet.relays).filter(([, some]) => some > 0);
  const isWell = fleet.relays.offline === 0;
  const facts: readonly Fact[] = [
    ['state', house.readiness, house.readiness === 'ready' ? 'good' : 'warning'],
    ['up', `${span(house.uptimeSeconds)}, since ${clockTime(house.startedAt, nowMs)}`],
    ['process', `${house.pid}, Node ${house.node.replace(/^v/, '')}`],
    [
      'config read',
      reload.succeeded ? clockTime(reload.at, nowMs) : 'could not be used: the one before holds',
      reload.succeeded ? undefined : 'bad',
    ],
    ['store', store.isThere ? store.type : `${store.type}, away`, store.isThere ? 'good' : 'bad'],
    ...house.listeners.map(({ listener, host, port, tls }): readonly [string, string] => [
      'listens',
      `${listener} ${host}${port === null ? '' : ` ${port}`}${tls ? ' (TLS)' : ''}`,
    ]),
    [
      'relays',
      relays.map(([state, some]) => `${count(some)} ${state}`).join(', ') || 'none',
      isWell ? undefined : 'warning',
    ],
    ...(config.at === 'settled' ? [] : [configFact(config)]),
    ['linked here', count(house.links)],
    ['players', count(fleet.players)],
    ['publishers', count(fleet.publishers)],
    ['sent', bitRate(fleet.sentBitsPerSecond)],
    ['received', bitRate(fleet.receivedBitsPerSecond)],
  ];
  const labels = Math.max(...facts.map(([label]) => label.length));
  return [
    line([house.name, 'heading'], `  streampump house ${house.version}`),
    ...facts.map(([label, text, tone]) => line([label.padEnd(labels + 2), 'quiet'], [text, tone])),
  ];
}

function configFact({ at, relay, reason }: HouseState['config']): Fact {
  const label = 'their config';
  if (at === 'waiting') return [label, 'waits for a relay to try it with', 'warning'];
  if (at === 'trying') return [label, `is tried with ${relay}: ${reason}`];
  return [label, `was taken back, as ${relay} did worse: ${reason}`, 'bad'];
}
