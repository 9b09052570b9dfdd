import { type Load, load } from './load.ts';

/** One server under one load. */
export interface Case {
  /** Names of `servers`; one that is not on this machine is left out. */
  readonly server: string;
  readonly load: Load;
}

/** What is compared in one go: its cases take turns. */
export interface Row {
  /** As it is asked for by `--rows`. */
  readonly name: string;
  readonly title: string;
  /** What the CPU time is divided by. */
  readonly unit: 'stream' | 'player' | 'nothing';
  /** The server that the others are related to, under the load of the first case of that server. */
  readonly reference?: string;
  readonly cases: readonly Case[];
}

/** Servers that are measured where they are installed. */
const others = ['srs', 'srs (100 ms)', 'zlmediakit (100 ms)', 'mediamtx'];
const relay = 'streampump';
const floor = 'kernel floor';
const nginx = 'nginx-rtmp';
const nodeMediaServer = 'node-media-server';

function sameLoad(servers: readonly string[], special: Partial<Load>): Case[] {
  return servers.map((server) => ({ server, load: load(special) }));
}

/** One stream with many players, over RTMP; the floor writes as much to as many. */
function manyPlayers(
  name: string,
  servers: readonly string[],
  special: Partial<Load> & { readonly players: number },
): Row {
  const { players, media = '2.18 Mb/s', wire = 'rtmp' } = special;
  const bare = load({ ...special, wire: 'http-flv', probes: 0 });
  const count = players.toLocaleString('en');
  const peers = wire === 'rtmp' ? others : others.filter((server) => server !== 'mediamtx'); // it has no HTTP-FLV
  return {
    name,
    title: `one stream of ${media}, ${count} players${wire === 'rtmp' ? '' : ' of HTTP-FLV'}`,
    unit: 'player',
    reference: floor,
    cases: [{ server: floor, load: bare }, ...sameLoad([...servers, ...peers], special)],
  };
}

const small = { media: '0.26 Mb/s', streams: 300 } as const;
const smallPlayed = { ...small, players: 300, probes: 300 } as const;
const manyStreams: readonly Row[] = [
  {
    name: 'publishers',
    title: '300 streams of 0.26 Mb/s, publishers only',
    unit: 'stream',
    reference: nginx,
    cases: sameLoad([nginx, relay, ...others], small),
  },
  {
    name: 'streams',
    title: '300 streams of 0.26 Mb/s, a player each',
    unit: 'stream',
    reference: nginx,
    cases: sameLoad([nginx, relay, ...others], smallPlayed),
  },
  {
    name: 'large-streams',
    title: '100 streams of 2.18 Mb/s, a player each',
    unit: 'stream',
    reference: nginx,
    cases: sameLoad([nginx, relay, ...others], { streams: 100, players: 100, probes: 100 }),
  },
];

const oneStream: readonly Row[] = [
  {
    name: 'players-20',
    title: 'one stream of 2.18 Mb/s, 20 players',
    unit: 'player',
    cases: sameLoad([relay, nginx, nodeMediaServer, ...others], { players: 20, probes: 20, warmUp: 2 }),
  },
  {
    name: 'players-500',
    title: 'one stream of 2.18 Mb/s, 500 players',
    unit: 'player',
    cases: sameLoad([relay, nginx, nodeMediaServer, ...others], { players: 500 }),
  },
  manyPlayers('players-1500', [relay, 'streampump (cpuShare 0.6)', nginx], { players: 1500 }),
  manyPlayers('players-3000', [relay, 'streampump (window 150 ms)'], { players: 3000 }),
  manyPlayers('players-4900', [relay], { players: 4900 }),
  manyPlayers('players-flv', [relay], { players: 3000, wire: 'http-flv' }),
  manyPlayers('players-8mbit', [relay], { players: 700, media: '8.3 Mb/s' }),
];

const overTls: readonly Row[] = [
  {
    name: 'tls-1500',
    title: '1,500 players of 2.18 Mb/s, over TLS and plain; TLS here and in front, on the same core',
    unit: 'player',
    reference: relay,
    cases: [
      ...sameLoad([relay], { players: 1500, wire: 'http-flv' }),
      ...sameLoad([relay, 'nginx, then streampump', 'HAProxy, then streampump'], {
        players: 1500,
        wire: 'https-flv',
      }),
      ...sameLoad([relay], { players: 1500 }),
      ...sameLoad([relay, 'HAProxy, then streampump'], { players: 1500, wire: 'rtmps' }),
    ],
  },
  {
    name: 'tls-3000',
    title: '3,000 players of 2.18 Mb/s, over TLS and plain',
    unit: 'player',
    reference: relay,
    cases: (['http-flv', 'https-flv', 'rtmp', 'rtmps'] as const).flatMap((wire) =>
      sameLoad([relay], { players: 3000, wire }),
    ),
  },
  {
    name: 'handshakes',
    title: '1,000 players of HTTPS-FLV, alone and with 300 full handshakes a second besides',
    unit: 'player',
    reference: relay,
    cases: [0, 300].flatMap((handshakes) =>
      sameLoad([relay], { players: 1000, wire: 'https-flv', handshakes }),
    ),
  },
];

/** The same with every stream recorded; the process that writes the files is counted as the relay's. */
function recordingRows(): Row[] {
  const servers = [relay, 'streampump (recording)'];
  return [
    {
      name: 'recording',
      title: 'one stream of 2.18 Mb/s, 1,500 players, recorded and not',
      unit: 'player',
      reference: relay,
      cases: sameLoad(servers, { players: 1500 }),
    },
    {
      name: 'recording-streams',
      title: '300 streams of 0.26 Mb/s, a player each, recorded and not',
      unit: 'stream',
      reference: relay,
      cases: sameLoad(servers, smallPlayed),
    },
    {
      name: 'recorded-players',
      title: 'one recording of 2.18 Mb/s, 500 players at its pace, all of them checking',
      unit: 'player',
      cases: sameLoad(['streampump (recording)'], { players: 500, probes: 500, isRecorded: true }),
    },
  ];
}

const twoWorkers = 'streampump (2 workers)';
const rest: readonly Row[] = [
  {
    name: 'stalled',
    title: '10,000 players of 2.18 Mb/s, all reading and with 10 % that stop',
    unit: 'player',
    reference: relay,
    cases: [0, 10].flatMap((stalledPercent) =>
      sameLoad([relay], { players: 10_000, ramp: 1000, warmUp: 20, stalledPercent }),
    ),
  },
  {
    name: 'workers-players',
    title: 'one worker with 3,000 players, two with 6,000, on one core',
    unit: 'player',
    reference: relay,
    cases: [
      ...sameLoad([relay], { players: 3000 }),
      ...sameLoad([twoWorkers], { players: 6000, ramp: 1000 }),
    ],
  },
  {
    name: 'workers-streams',
    title: '300 streams of 0.26 Mb/s, a player each, with one worker and two on one core',
    unit: 'stream',
    reference: relay,
    cases: sameLoad([relay, twoWorkers], smallPlayed),
  },
  ...recordingRows(),
  {
    name: 'idle',
    title: 'nobody there',
    unit: 'nothing',
    cases: sameLoad([relay, twoWorkers, nginx, nodeMediaServer, ...others], {
      streams: 0,
      seconds: 0,
      warmUp: 3,
    }),
  },
  {
    name: 'generators',
    title: '1,000 players of 2.18 Mb/s, played by the program in C and by `streampump load`',
    unit: 'player',
    reference: relay,
    cases: (['native', 'streampump load'] as const).flatMap((generator) =>
      sameLoad([relay], { players: 1000, generator }),
    ),
  },
];

/** Everything that can be measured, in the order of the table. */
export const rows: readonly Row[] = [...manyStreams, ...oneStream, ...overTls, ...rest];
