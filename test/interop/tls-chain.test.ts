import { afterAll, beforeAll, expect, test } from 'vitest';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { CertificateFolder, type TestCertificate } from '../support/certificates.ts';
import { pullAll } from '../support/relay-process.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const frame = { type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') } as const;

let folder: CertificateFolder;
let authority: TestCertificate;
let stranger: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  authority = await folder.certificate('authority');
  stranger = await folder.certificate('stranger');
});
afterAll(() => folder[Symbol.asyncDispose]());

function startOrigin({ certFile, keyFile }: TestCertificate): Promise<TestRelay> {
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  return startRelay({ listen: { rtmps: place, https: place } });
}

function startEdge(url: string, caFile: string | null): Promise<TestRelay> {
  return startRelay({ streams: pullAll([url]), tls: { caFile } });
}

/** The ways to pull over TLS, each with the listener that it leads to. */
const ways = [
  { scheme: 'rtmps', listener: 'rtmps', path: '{key}' },
  { scheme: 'https', listener: 'https', path: '{key}.flv' },
  { scheme: 'wss', listener: 'https', path: '{key}.flv' },
];

test.for(ways)(
  'a relay pulls over $scheme from one whose authority it knows',
  async ({ scheme, listener, path }) => {
    await using origin = await startOrigin(
      await folder.certificate(`good-${scheme}`, { issuer: authority, names: 'DNS:localhost' }),
    );
    await using publisher = await TestPublisher.start(origin.port('rtmp'), 'live/a');
    publisher.sendMedia(frame);
    const url = `${scheme}://localhost:${origin.port(listener)}/${path}`;
    await using edge = await startEdge(url, authority.certFile);
    await using player = TestPlayer.play(edge.port('rtmp'), 'live/a');
    await player.mediaOf(1);
  },
);

test.for([
  { wrong: 'of another authority', issuer: () => stranger, problem: 'certificate' },
  { wrong: 'that nobody has signed', issuer: () => undefined, problem: 'self-signed certificate' },
  { wrong: 'of another host', issuer: () => authority, names: 'DNS:other.example', problem: 'altnames' },
])(
  'a relay does not pull over RTMPS with a certificate $wrong, and says why',
  async ({ wrong, issuer: issuerOf, problem, names }) => {
    const issuer = issuerOf();
    const name = wrong.replaceAll(' ', '-');
    await using origin = await startOrigin(
      await folder.certificate(name, {
        ...(issuer === undefined ? {} : { issuer }),
        ...(names === undefined ? {} : { names }),
      }),
    );
    const port = origin.port('rtmps');
    await using edge = await startEdge(`rtmps://127.0.0.1:${port}/{key}`, authority.certFile);
    await using _player = TestPlayer.play(edge.port('rtmp'), 'live/a');
    const { text } = await edge.log.waitFor('upstream');
    expect(text).toContain(`127.0.0.1 port ${port}`);
    expect(text).toContain(problem);
    const { items } = (await (await fetch(edge.adminUrl('/api/v1/upstreams'))).json()) as {
      readonly items: readonly unknown[];
    };
    expect(JSON.stringify(items)).toContain(problem);
  },
);

test('without an authority of its own a relay believes no private certificate; configured, it does', async () => {
  const { certFile, keyFile } = await folder.certificate('private', { issuer: authority });
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  await using target = await startRelay({ listen: { rtmps: place } });
  const url = `rtmps://127.0.0.1:${target.port('rtmps')}/{key}`;
  const streams = [{ match: '**', source: { type: 'push' }, forward: [url] }];
  await using relay = await startRelay({ streams });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(frame);
  const { text } = await relay.log.waitFor('forward');
  expect(text).toContain('certificate');
  await relay.relay.configure(relaySettings.parse({ streams, tls: { caFile: authority.certFile } }));
  await target.published('live/a');
});
