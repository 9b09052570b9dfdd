import { type Load, load } from '../compare/load.ts';

const short = { seconds: 6, warmUp: 2 } as const;
const small = { media: '0.26 Mb/s', ...short } as const;

/** What a relay is measured under: points in which each kind of work is most of it once. */
export const points: readonly { readonly name: string; readonly load: Load }[] = [
  { name: '300 streams of 0.26 Mb/s, nobody plays', load: load({ ...small, streams: 300 }) },
  { name: '100 streams of 2.18 Mb/s, nobody plays', load: load({ ...short, streams: 100 }) },
  { name: '300 streams of 0.26 Mb/s, a player each', load: load({ ...small, streams: 300, players: 300 }) },
  { name: '100 streams of 2.18 Mb/s, a player each', load: load({ ...short, streams: 100, players: 100 }) },
  { name: '50 streams of 0.26 Mb/s, 20 players each', load: load({ ...small, streams: 50, players: 1000 }) },
  { name: '200 players of 2.18 Mb/s', load: load({ ...short, players: 200 }) },
  { name: '1,000 players of 2.18 Mb/s', load: load({ ...short, players: 1000 }) },
  { name: '3,000 players of 2.18 Mb/s', load: load({ ...short, players: 3000 }) },
  { name: '3,000 players of 2.18 Mb/s, HTTP-FLV', load: load({ ...short, players: 3000, wire: 'http-flv' }) },
  { name: '700 players of 8.3 Mb/s', load: load({ ...short, media: '8.3 Mb/s', players: 700 }) },
  { name: '500 players of 2.18 Mb/s, HTTPS-FLV', load: load({ ...short, players: 500, wire: 'https-flv' }) },
  {
    name: '1,500 players of 2.18 Mb/s, HTTPS-FLV',
    load: load({ ...short, players: 1500, wire: 'https-flv' }),
  },
];
