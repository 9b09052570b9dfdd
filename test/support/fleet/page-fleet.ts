import { fleetPlayer, rosterEntry } from '../fleet-scene.ts';
import { FleetDesk } from './fleet-desk.ts';

const limits = { players: 4000, sentBitsPerSecond: null };
const networks = [{ cidr: '10.0.0.0/8', priority: 4 }];

/** A fleet of some cities, whose relays report as time goes on: ten times as fast as it does. */
export class PageFleet implements Disposable {
  readonly desk: FleetDesk = new FleetDesk([
    rosterEntry('montreal', { title: 'Montréal' }),
    rosterEntry('ottawa', { title: 'Ottawa', parent: 'montreal', limits, networks }),
    rosterEntry('gatineau', { title: 'Gatineau', parent: 'ottawa', limits, networks }),
    rosterEntry('kingston', { title: 'Kingston', parent: 'ottawa', limits, networks }),
    rosterEntry('quebec', {
      title: 'Québec',
      parent: 'montreal',
      limits: { ...limits, players: 1000 },
      networks,
    }),
    rosterEntry('halifax', { title: 'Halifax', parent: 'montreal', limits, networks }),
    rosterEntry('spare', { title: 'Spare', enabled: false }),
  ]);
  /** What relays say of their players. */
  readonly players: Record<string, number> = { ottawa: 1810, gatineau: 640, kingston: 402, quebec: 960 };
  readonly #timer: ReturnType<typeof setInterval>;
  #beats = 0;

  constructor() {
    const { fleet, links, store } = this.desk;
    this.desk.wallMs = Date.now();
    store.decisions; // those of nobody
    links.here = ['montreal', ...Object.keys(this.players)];
    links.answer = () => ({ ended: 1 });
    for (const [at, relay] of Object.keys(this.players).entries())
      for (let player = 0; player < 60; player++)
        fleet.seat(
          fleetPlayer(relay, `c${player}`, {
            uid: player % 3 === 0 ? `viewer-${at * 100 + player}` : null,
            address: `10.${at}.3.${player + 1}`,
            protocol: player % 4 === 0 ? 'rtmp' : 'http-flv',
            stream: player % 5 === 0 ? 'tv/news' : 'live/cam1',
            since: Date.now() - 61_000 * player,
          }),
        );
    this.#beat();
    this.#timer = setInterval(() => this.#beat(), 200);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    this.#beats++;
    const { fleet, clock } = this.desk;
    clock.advance(2000);
    this.desk.wallMs = Date.now();
    const wave = 1 + 0.15 * Math.sin(this.#beats / 8);
    const stream = { state: 'live', receivedBitsPerSecond: 3.1e6, keyframeAgeSeconds: 1 } as const;
    const say = (relay: string, players: number, source: 'publisher' | 'pull'): void =>
      fleet.says(relay, {
        ...{ players, publishers: source === 'publisher' ? 2 : 0, software: 'streampump 0.1.0' },
        sentBitsPerSecond: Math.round(Math.max(players, 3) * 3.1e6 * wave),
        receivedBitsPerSecond: Math.round(6.2e6 * wave),
        streams: new Map(
          ['live/cam1', 'tv/news'].map((key) => [key, { ...stream, key, players: players >> 1, source }]),
        ),
      });
    say('montreal', 0, 'publisher');
    for (const [relay, players] of Object.entries(this.players))
      say(relay, Math.round(players * wave), 'pull');
  }
}
