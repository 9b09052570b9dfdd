import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Amplification, measure } from '../support/amplification/amplification.ts';
import { AMF_PATH, httpVerbs } from '../support/amplification/http-verbs.ts';
import { LIVE_ASF, mmshVerbs } from '../support/amplification/mmsh-verbs.ts';
import { APP, LIVE, rtmpVerbs } from '../support/amplification/rtmp-verbs.ts';
import { rtmptVerbs } from '../support/amplification/rtmpt-verbs.ts';
import type { Verb } from '../support/amplification/verb.ts';
import { media } from '../support/fake-media.ts';
import { readText, tableRows } from '../support/markdown.ts';
import { SteadyEncoder } from '../support/swarm/steady-asf.ts';
import { WatchedRelay } from '../support/swarm/watched-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** Processor time differs from run to run and from machine to machine: so many times as much is a rise. */
const CPU_MARGIN = 5;

/** Memory is measured this finely, bytes. */
const KEPT_MARGIN_BYTES = 768 * 1024;

/** The verb whose processor time the others are compared with. */
const REFERENCE = 'releaseStream';

const verbs = [...rtmpVerbs, ...httpVerbs, ...rtmptVerbs, ...mmshVerbs];
const nameOf = ({ protocol, name }: Verb): string => `${protocol} ${name}`;

/** What a row of the table allows. */
type Bound = Readonly<Record<'sent' | 'kept' | 'log' | 'cpu', number>>;

const bounds: ReadonlyMap<string, Bound> = new Map(
  tableRows(readText('docs/security.md'), 'protocol').map(([protocol, name, ...columns]) => {
    const [sent = Number.NaN, kept = Number.NaN, log = Number.NaN, cpu = Number.NaN] = columns.map(Number);
    return [`${protocol} ${name}`, { sent, kept, log, cpu }];
  }),
);

let relay: WatchedRelay;
let publisher: TestPublisher;
let encoder: SteadyEncoder;
let reference: Amplification;
const measured: string[] = [];

beforeAll(async () => {
  relay = await WatchedRelay.start({
    config: {
      // every line is written: how many its limits let through depends on how long all takes
      log: { level: 'info', format: 'json', linesPerSecond: 10_000, linesPerSecondPerAddress: 10_000 },
      play: { waitMs: 2 },
      http: { rtmpt: true },
      calls: { amfPath: AMF_PATH },
      deadlines: {
        handshakeMs: 600_000,
        pendingMs: 600_000,
        silenceMs: 600_000,
        pushSilenceMs: 600_000,
        idleMs: 600_000,
        firstMediaMs: 600_000,
        pingMs: 600_000,
      },
    },
    timeLimitMs: 300_000,
  });
  publisher = await TestPublisher.start(relay.relay.rtmpPort, `${APP}/${LIVE}`);
  publisher.sendMedia(...media('VH1@0 K1@0'));
  encoder = new SteadyEncoder(relay.relay.httpPort, `/${LIVE_ASF}_push`);
  encoder.sendDue(0);
  const verb = verbs.find(({ name }) => name === REFERENCE);
  if (verb === undefined) throw new Error('nothing to compare with');
  reference = await measure(relay, verb);
}, 60_000);

afterAll(async () => {
  console.log(measured.join('\n'));
  await publisher.cut();
  await encoder.cut();
  await relay[Symbol.asyncDispose]();
});

test('the table of docs/security.md has every verb, and no other', () => {
  expect([...bounds.keys()]).toEqual(verbs.map(nameOf));
});

test.each(verbs.map((verb) => ({ verb, title: nameOf(verb) })))(
  '$title costs no more than the table says',
  async ({ verb, title }) => {
    const { received, sent, kept, log, cpuNs } = await measure(relay, verb);
    const cpu = cpuNs / reference.cpuNs;
    const figures = [sent, kept, log, cpu].map((value) => value.toFixed(2)).join(' | ');
    measured.push(`| ${verb.protocol} | ${verb.name} | ${figures} |`);
    const bound = bounds.get(title);
    expect(sent, `${figures}: bytes sent per byte received`).toBeLessThanOrEqual(bound?.sent ?? 0);
    expect(kept, `${figures}: bytes kept per byte received`).toBeLessThanOrEqual(
      (bound?.kept ?? 0) + KEPT_MARGIN_BYTES / received,
    );
    expect(log, `${figures}: bytes of log per byte received`).toBeLessThanOrEqual(bound?.log ?? 0);
    expect(cpu, `${figures}: processor time over that of ${REFERENCE}`).toBeLessThanOrEqual(
      (bound?.cpu ?? 0) * CPU_MARGIN,
    );
  },
  60_000,
);
