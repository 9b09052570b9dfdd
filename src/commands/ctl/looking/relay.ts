import type { LoadStatus, RelayStatus } from '../../../service/admin/relay-status.ts';
import type { HouseState } from '../../../service/house/overview/house-state.ts';
import type { CtlCall } from '../ctl-call.ts';
import { askEither } from '../fleet/house-behind.ts';
import { houseLines } from '../fleet/house-status.ts';
import { bitRate, bytes, clockTime, count, share, span } from '../terminal/figures.ts';
import { type Line, line, type Tone } from '../terminal/line.ts';
import { type Column, tableLines } from '../terminal/table.ts';

/** A certificate that ends sooner deserves a look, days. */
const CERTIFICATE_DAYS = 14;

/** Writes what runs, and how near its limits it is. */
export async function showStatus({ client, output, isJson }: CtlCall): Promise<void> {
  const status = await askEither<RelayStatus | HouseState>(
    client,
    () => client.get<RelayStatus>('relay'),
    async (state) => state,
  );
  if (isJson) output.json(status);
  else if ('fleet' in status) output.lines(houseLines(status, Date.now()));
  else output.lines(statusLines(status, Date.now(), output.width));
}

/** How a relay is doing, for people. @param width - columns */
export function statusLines(relay: RelayStatus, nowMs: number, width: number): readonly Line[] {
  const { certificates, reload } = relay;
  const facts: readonly (readonly [string, string, (Tone | undefined)?])[] = [
    ['state', relay.readiness, readinessTone(relay.readiness)],
    ['up', `${span(relay.uptimeSeconds)}, since ${clockTime(relay.startedAt, nowMs)}`],
    ['process', `${relay.pid}, ${workersText(relay.workers)}, Node ${relay.node.replace(/^v/, '')}`],
    ['log level', relay.logLevel],
    [
      'config read',
      reload.succeeded
        ? clockTime(reload.at, nowMs)
        : `could not be used; that of ${clockTime(reload.at, nowMs)} holds`,
      reload.succeeded ? undefined : 'bad',
    ],
    ...houseFacts(relay.house, nowMs),
    ...relay.listeners.map(({ listener, host, port, tls }): readonly [string, string] => [
      'listens',
      `${listener} ${placeText(host, port)}${tls ? ' (TLS)' : ''}`,
    ]),
    ...certificates.map(({ listener, subject, notAfter }): readonly [string, string, (Tone | undefined)?] => {
      const days = Math.floor((Date.parse(notAfter) - nowMs) / 86_400_000);
      const left = days < 0 ? 'has expired' : `${count(days)} days left`;
      return ['certificate', `${listener}: ${subject}, ${left}`, certificateTone(days)];
    }),
  ];
  const labels = Math.max(...facts.map(([label]) => label.length));
  return [
    line([relay.name, 'heading'], `  streampump ${relay.version}`),
    ...facts.map(([label, text, tone]) => line([label.padEnd(labels + 2), 'quiet'], [text, tone])),
    line(''),
    ...tableLines(loadColumns, relay.load, width),
  ];
}

function houseFacts(house: RelayStatus['house'], nowMs: number): (readonly [string, string, Tone])[] {
  if (house === null) return [];
  const { url, state, name, since, lastError, configProblem } = house;
  const link =
    state === 'linked' && since !== null
      ? `linked to ${name} at ${url} since ${clockTime(since, nowMs)}`
      : `no link to ${url}${lastError === null ? '' : `: ${lastError}`}`;
  const tone = state === 'linked' ? 'good' : 'warning';
  const problem = [['house config', `not in use: ${configProblem}`, 'bad'] as const];
  return [['house', link, tone], ...(configProblem === null ? [] : problem)];
}

/** A Unix socket has no port. */
function placeText(host: string, port: number | null): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === null ? host : `${shown}:${port}`;
}

/** How urgent it is that somebody looks. */
export function readinessTone(readiness: string): Tone {
  if (readiness === 'ready') return 'good';
  return readiness === 'draining' ? 'warning' : 'bad';
}

/** How near its limit a figure is. */
export function loadTone({ now, limit }: LoadStatus): Tone | undefined {
  if (limit === null || limit === 0 || now < 0.8 * limit) return undefined;
  return now < 0.95 * limit ? 'warning' : 'bad';
}

/** `sentBitsPerSecond` is called `sent` and counted in bits per second, `waitingPlayers` is called `waiting`. */
export function loadName({ name }: LoadStatus): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.replace(/ (bits per second|bytes|sessions|players)$/, '');
}

/** A figure of the load in its unit. */
export function loadText({ name }: LoadStatus, value: number | null): string {
  if (/bits ?per ?second$/i.test(name)) return bitRate(value);
  return /bytes$/i.test(name) ? bytes(value) : count(value);
}

/** The limit of a figure; a round one without decimals. */
export function limitText(figure: LoadStatus): string {
  return loadText(figure, figure.limit).replace(/\.0+ /, ' ');
}

/** How many threads serve. */
export function workersText(workers: number): string {
  return workers === 1 ? '1 worker' : `${workers} workers`;
}

function certificateTone(days: number): Tone | undefined {
  if (days < 0) return 'bad';
  return days < CERTIFICATE_DAYS ? 'warning' : undefined;
}

const loadColumns: readonly Column<LoadStatus>[] = [
  { title: 'LOAD', cell: loadName },
  { title: 'NOW', cell: (figure) => [loadText(figure, figure.now), loadTone(figure)], align: 'right' },
  { title: 'LIMIT', cell: (figure) => limitText(figure), align: 'right' },
  {
    title: 'USED',
    cell: ({ now, limit }) => (limit === null || limit === 0 ? '' : share(now, limit)),
    align: 'right',
  },
];
